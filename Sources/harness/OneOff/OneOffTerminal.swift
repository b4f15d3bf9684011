import Glibc
import LinuxKernel

/// Joins the caller's terminal to one that is opened in a container later, on a thread of its own.
final class OneOffTerminal: Sendable {
    /// What the container's terminal is to be sent over.
    let socket: SharedDescriptor
    private let end: SharedDescriptor
    private let thread: Thread

    /// The thread, which is joined once.
    private final class Thread: @unchecked Sendable {
        private var thread: WorkThread?

        init(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) { thread = try WorkThread(body) }

        func join() { thread.take()?.join() }
    }

    /// Begins to wait for the terminal.
    init() throws(SystemCallError) {
        let (own, others) = try PacketSocket.pair()
        socket = SharedDescriptor(OwnedDescriptor(adopting: others))
        let receiving = SharedDescriptor(OwnedDescriptor(adopting: own))
        let pipe = try OwnedDescriptor.pipe()
        end = SharedDescriptor(try pipe.writer.duplicate())
        let reader = SharedDescriptor(pipe.takeReader())
        thread = try Thread { Self.relay(receiving, reader.rawValue) }
    }

    private static func relay(_ socket: SharedDescriptor, _ end: CInt) {
        do {
            // Until the terminal is there, or never will be.
            var watched = [
                pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: end, events: Int16(POLLIN), revents: 0),
            ]
            try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
            guard watched[0].revents & Int16(POLLIN) != 0,
                let leader = try PacketSocket(adopting: .duplicate(of: socket.rawValue)).receive(waits: false)?
                    .descriptors.first
            else { return }
            let terminal = OwnedDescriptor(adopting: leader)
            let signals = try SignalPipe([SIGWINCH])
            _ = try TerminalRelay.run(leader: terminal.rawValue, signals: signals, end: end) { 0 }
        } catch {
            StandardError.write("harness: warning: the terminal: \(error)\n")
        }
    }

    /// Shows what is left, and gives the caller's terminal back.
    func finish() {
        var byte: UInt8 = 0
        _ = write(end.rawValue, &byte, 1)
        thread.join()
    }
}
