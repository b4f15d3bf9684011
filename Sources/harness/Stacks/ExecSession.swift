import Glibc
import LinuxKernel
import LocalStacks

/// A process in a container, with the caller's streams or with a terminal of its own that the caller's is joined to.
struct ExecSession {
    /// What is passed on to a process instead of ending the command.
    static let forwarded: [CInt] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    let target: StackTarget
    /// Has the monitor start it: answered with `started`, and with `done` at its end.
    let request: ControlRequest
    /// Whether it gets a terminal of its own.
    let hasTerminal: Bool
    /// Whether it may read what the caller reads.
    var hasInput = true

    /// - Parameter progress: Gets what happens before it is started.
    /// - Returns: The process's exit code.
    func run(progress: (ControlProgress) -> Void = { _ in }) throws -> ExitStatusCode {
        do {
            return hasTerminal ? try runInTerminal(progress) : try runWithStreams(progress)
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, target.name)
        } catch let failure as ControlFailure {
            throw Failure(failure)
        }
    }

    private func runWithStreams(_ progress: (ControlProgress) -> Void) throws -> ExitStatusCode {
        let client = try target.connect()
        let null = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        let input = hasInput ? STDIN_FILENO : null.rawValue
        let signals = try SignalPipe(Self.forwarded)
        try client.call(request, release: VersionCommand.version, descriptors: [input, STDOUT_FILENO, STDERR_FILENO])
        while true {
            var watched = [
                pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
            if watched[1].revents != 0 {
                for signal in signals.take() { try client.note(.signal(signal)) }
            }
            guard watched[0].revents != 0 else { continue }
            switch try client.next() {
            case .done(let code): return ExitStatusCode(rawValue: code)
            case .progress(let happened): progress(happened)
            default: break
            }
        }
    }

    private func runInTerminal(_ progress: (ControlProgress) -> Void) throws -> ExitStatusCode {
        let client = try target.connect()
        let (own, others) = try PacketSocket.pair()
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: own))
        let sent = OwnedDescriptor(adopting: others)
        let signals = try SignalPipe(TerminalRelay.signals)
        let number = sent.rawValue
        try client.call(request, release: VersionCommand.version, descriptors: [number, number, number])
        waiting: while true {
            switch try client.next() {
            case .started: break waiting
            case .progress(let happened): progress(happened)
            default: throw ControlClient.Failure.invalid
            }
        }
        guard let leader = try socket.receive(waits: false)?.descriptors.first else {
            throw ControlClient.Failure.invalid
        }
        let terminal = OwnedDescriptor(adopting: leader)
        return try TerminalRelay.run(leader: terminal.rawValue, signals: signals, end: client.descriptor) {
            if case .done(let code) = try client.next() { code } else { nil }
        }
    }
}
