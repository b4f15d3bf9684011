import Addresses
import CLinux
import ControlGroups
import Glibc
import LinuxKernel

/// A copy of the launcher that stays in the network namespace of whoever has started the harness.
///
/// Without privileges nobody comes back to a network namespace that he has left: the machine's belongs to the machine's
/// user namespace. What has to be in it, containers with `network_mode: host` and the way out, is therefore cloned
/// here, as children of the launcher. It ends with the launcher, whose PID namespace it is in.
final class HostNetworkProcess {
    private let channel: Channel

    private init(_ channel: consuming Channel) { self.channel = channel }

    /// Makes the copy; before the launcher leaves the host's network.
    static func start(_ identities: IdentityMap) throws -> HostNetworkProcess {
        let (own, others) = try PacketSocket.pair()
        let pid = try forkProcess()
        if pid == 0 {
            serve(others, identities)
        }
        close(others)
        return HostNetworkProcess(Channel(adopting: own))
    }

    /// Has a process cloned: it does `job` with the descriptors, copies of which it gets.
    ///
    /// - Returns: Its number and its pidfd; it is the launcher's child.
    func clone(_ job: HostNetworkJob, _ descriptors: [CInt]) throws -> (pid: pid_t, descriptor: CInt) {
        try channel.send(Envelope(number: 0, body: job), descriptors: descriptors)
        guard let (envelope, received) = try channel.receive(HostNetworkReply.self) else {
            throw SetupFailure(.systemCall, call: "clone3", subject: "the host's network", errno: ECONNRESET)
        }
        switch envelope.body {
        case .cloned(let pid):
            guard let descriptor = received.first else {
                throw SetupFailure(.systemCall, call: "clone3", subject: "the host's network", errno: EBADF)
            }
            return (pid, descriptor)
        case .failed(let failure): throw failure
        }
    }

    // MARK: The copy's side

    private static func serve(_ socket: CInt, _ identities: IdentityMap) -> Never {
        do {
            try dieWithParent(expecting: 1)
            // Above all the launcher's own socket, at whose end the orchestrator knows that the launcher has gone.
            let number = Launcher.socket
            try checked("dup2") { dup2(socket, number) }
            try checked("close_range") { clinux_close_range(UInt32(number) + 1, UInt32.max, 0) }
            try checked("fcntl") { clinux_fcntl(number, F_SETFD, Int(FD_CLOEXEC)) }
            let channel = Channel(adopting: number)
            let limit = try DescriptorLimit.raise()
            while let (envelope, descriptors) = try channel.receive(HostNetworkJob.self) {
                defer { for descriptor in descriptors { close(descriptor) } }
                do {
                    let (pid, descriptor) = try clone(envelope.body, descriptors, identities, limit)
                    defer { close(descriptor) }
                    try channel.send(
                        Envelope(number: 0, body: HostNetworkReply.cloned(pid)), descriptors: [descriptor])
                } catch {
                    try channel.send(Envelope(number: 0, body: HostNetworkReply.failed(SetupFailure(error))))
                }
            }
            _exit(0)
        } catch {
            // The launcher has gone, and this process goes with it.
            _exit(125)
        }
    }

    private static func clone(
        _ job: HostNetworkJob, _ descriptors: [CInt], _ identities: IdentityMap, _ descriptorLimit: DescriptorLimit
    ) throws -> (pid: pid_t, descriptor: CInt) {
        var rest = descriptors[...]
        func next() throws(SetupFailure) -> CInt {
            guard let descriptor = rest.popFirst() else {
                throw SetupFailure(.systemCall, call: "recvmsg", subject: "descriptors", errno: EBADF)
            }
            return descriptor
        }
        let owner = try job.entersProcesses ? next() : nil
        let group = try job.hasControlGroup ? next() : nil
        let others = Array(rest)
        return try cloneProcess(
            Namespaces(rawValue: job.namespaces), controlGroup: group, intoProcessesOf: owner, asSibling: true
        ) { job.task.run(others, identities, descriptorLimit) }
    }
}
