import Glibc
import LinuxKernel
import LocalStacks

/// A process in a container, with the caller's streams or with a terminal of its own that the caller's is joined to.
struct ExecSession {
    /// What is passed on to the process instead of ending this one.
    private static let forwarded: [CInt] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    private let target: StackTarget
    private let call: ExecCall

    init(target: StackTarget, call: ExecCall) {
        self.target = target
        self.call = call
    }

    /// - Returns: The process's exit code.
    func run() throws -> ExitStatusCode {
        do {
            return call.hasTerminal ? try runInTerminal() : try runWithStreams()
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, target.name)
        } catch let failure as ControlFailure {
            throw Failure(failure)
        }
    }

    private func runWithStreams() throws -> ExitStatusCode {
        let client = try target.connect()
        let null = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        let input = !call.isDetached ? STDIN_FILENO : null.rawValue
        let signals = try SignalPipe(Self.forwarded)
        try client.call(
            .exec(call), release: VersionCommand.version, descriptors: [input, STDOUT_FILENO, STDERR_FILENO])
        while true {
            var watched = [
                pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
            if watched[1].revents != 0 {
                for signal in signals.take() { try client.note(.signal(signal)) }
            }
            if watched[0].revents != 0, case .done(let code) = try client.next() {
                return ExitStatusCode(rawValue: code)
            }
        }
    }

    // MARK: Terminal

    private func runInTerminal() throws -> ExitStatusCode {
        let client = try target.connect()
        let (own, others) = try PacketSocket.pair()
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: own))
        let sent = OwnedDescriptor(adopting: others)
        let signals = try SignalPipe([SIGWINCH, SIGTERM, SIGHUP])
        let number = sent.rawValue
        try client.call(.exec(call), release: VersionCommand.version, descriptors: [number, number, number])
        guard case .started = try client.next(), let leader = try socket.receive(waits: false)?.descriptors.first else {
            throw ControlClient.Failure.invalid
        }
        let terminal = OwnedDescriptor(adopting: leader)
        RawTerminal.copySize(from: STDOUT_FILENO, to: leader)
        try checked("fcntl") { fcntl(leader, F_SETFL, O_NONBLOCK) }
        let raw = isatty(STDIN_FILENO) == 1 ? try RawTerminal(STDIN_FILENO) : nil
        // Before the caller's shell has its turn.
        defer { raw?.restore() }
        var relay = TerminalRelay(leader: terminal.rawValue)
        while true {
            var watched = relay.watched
            watched.append(pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0))
            watched.append(pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0))
            try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
            relay.serve(watched)
            if watched[3].revents != 0 {
                for signal in signals.take() {
                    guard signal == SIGWINCH else { return ExitStatusCode(rawValue: 128 + signal) }
                    RawTerminal.copySize(from: STDOUT_FILENO, to: leader)
                }
            }
            if watched[2].revents != 0, case .done(let code) = try client.next() {
                relay.drain()
                return ExitStatusCode(rawValue: code)
            }
        }
    }
}

/// Carries bytes between the caller's standard streams and the leading side of a pseudo-terminal that does not block.
private struct TerminalRelay {
    private static let chunk = 16 << 10

    let leader: CInt
    private var isReading = true
    private var isOpen = true
    /// Typed, and not taken yet.
    private var typed: [UInt8] = []

    init(leader: CInt) { self.leader = leader }

    /// The standard input, and the leader.
    var watched: [pollfd] {
        let events = Int16(POLLIN) | (typed.isEmpty ? 0 : Int16(POLLOUT))
        return [
            pollfd(fd: isReading && typed.isEmpty ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isOpen ? leader : -1, events: events, revents: 0),
        ]
    }

    mutating func serve(_ ready: [pollfd]) {
        if ready[0].revents != 0 { takeInput() }
        if !typed.isEmpty { passOn() }
        if ready[1].revents & ~Int16(POLLOUT) != 0 { isOpen = show() }
    }

    /// What the program has printed before its end.
    mutating func drain() {
        while isOpen, show() {
            var ready = pollfd(fd: leader, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 0) > 0 else { return }
        }
    }

    private mutating func takeInput() {
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count > 0 { return typed += buffer[0..<count] }
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        isReading = false
        // The end of what is typed: Ctrl-D, as somebody at the terminal would say it.
        typed.append(4)
    }

    private mutating func passOn() {
        let count = typed.withUnsafeBytes { write(leader, $0.baseAddress, $0.count) }
        if count > 0 { typed.removeFirst(count) }
        if count < 0, errno != EAGAIN, errno != EINTR { typed = [] }
    }

    /// `false` once nobody has the other side open.
    private func show() -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        let count = read(leader, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        guard count > 0 else { return false }
        do {
            try writeAll(buffer[0..<count], to: STDOUT_FILENO)
            return true
        } catch {
            // Nobody looks any more.
            return false
        }
    }
}
