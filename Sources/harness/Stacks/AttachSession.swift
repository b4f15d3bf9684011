import CLinux
import Glibc
import LinuxKernel
import LocalStacks

/// The caller's streams joined to those of a container's first process, until it ends or the caller leaves.
struct AttachSession {
    let target: StackTarget
    let container: ContainerCall
    /// Whether what the caller types goes to the container, as far as it reads anything.
    let wantsInput: Bool
    /// Whether signals go to the container instead of ending the command.
    let passesSignals: Bool
    let keys: DetachKeys

    /// - Returns: The container's exit code; 0 where the caller has left it.
    func run() throws -> ExitStatusCode {
        do {
            return try attach()
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, target.name)
        } catch let failure as ControlFailure {
            throw Failure(failure)
        }
    }

    private func attach() throws -> ExitStatusCode {
        let client = try target.connect()
        let (own, others) = try PacketSocket.pair()
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: own))
        let sent = OwnedDescriptor(adopting: others)
        let output = try OwnedDescriptor.pipe()
        let error = try OwnedDescriptor.pipe()
        let signals = try SignalPipe(passesSignals ? ExecSession.forwarded + [SIGWINCH] : [SIGWINCH])
        try client.call(
            .attach(AttachCall(container, hasInput: wantsInput)), release: VersionCommand.version,
            descriptors: [output.writer.rawValue, error.writer.rawValue, sent.rawValue])
        guard case .attached(let hasTerminal, let hasInput) = try client.next() else {
            throw ControlClient.Failure.invalid
        }
        let input = hasInput ? try socket.receive(waits: false)?.descriptors.first : nil
        let typing = input.map { SharedDescriptor(OwnedDescriptor(adopting: $0)) }
        if let typing { try checked("fcntl") { fcntl(typing.rawValue, F_SETFL, O_NONBLOCK) } }
        let raw = hasTerminal && typing != nil && isatty(STDIN_FILENO) == 1 ? try RawTerminal(STDIN_FILENO) : nil
        // Before the caller's shell has its turn.
        defer { raw?.restore() }
        var joined = Joined(
            input: TypedInput(to: typing?.rawValue ?? -1, ending: [], keys: raw == nil ? nil : keys),
            target: typing?.rawValue ?? -1, hasTerminal: hasTerminal)
        // Only the monitor writes from here on: the pipes end with its part.
        let readers = [SharedDescriptor(output.takeReader()), SharedDescriptor(error.takeReader())]
        return try joined.relay(client, signals, readers.map(\.rawValue))
    }

    /// What is joined.
    private struct Joined {
        var input: TypedInput
        /// What leads to the container's input; -1: nothing does.
        let target: CInt
        let hasTerminal: Bool

        mutating func relay(
            _ client: borrowing ControlClient, _ signals: borrowing SignalPipe, _ readers: [CInt]
        ) throws -> ExitStatusCode {
            var isOpen = [true, true]
            if hasTerminal, target >= 0 { RawTerminal.copySize(from: STDOUT_FILENO, to: target) }
            while !input.isDetached {
                var watched = [
                    input.watchedInput,
                    pollfd(fd: isOpen[0] ? readers[0] : -1, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: isOpen[1] ? readers[1] : -1, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: input.isWaiting ? target : -1, events: Int16(POLLOUT), revents: 0),
                ]
                try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
                if watched[0].revents != 0 { input.take() } else { input.passOn() }
                for (number, stream) in [STDOUT_FILENO, STDERR_FILENO].enumerated()
                where watched[number + 1].revents != 0 {
                    isOpen[number] = ShownOutput.pass(from: readers[number], to: stream)
                }
                if watched[4].revents != 0 { try take(signals, client) }
                if watched[3].revents != 0, case .done(let code) = try client.next() {
                    ShownOutput.drain(from: readers[0], to: STDOUT_FILENO)
                    ShownOutput.drain(from: readers[1], to: STDERR_FILENO)
                    return ExitStatusCode(rawValue: code)
                }
            }
            return .success
        }

        private func take(_ signals: borrowing SignalPipe, _ client: borrowing ControlClient) throws {
            for signal in signals.take() {
                if signal != SIGWINCH {
                    try client.note(.signal(signal))
                } else if hasTerminal, target >= 0 {
                    RawTerminal.copySize(from: STDOUT_FILENO, to: target)
                }
            }
        }
    }
}
