import Glibc
import LinuxKernel

/// What is typed on its way to a program: bytes that it has not taken yet wait here, and no more are read meanwhile.
struct TypedInput {
    private static let chunk = 16 << 10

    /// Where it goes; does not block.
    private let target: CInt
    /// What the program gets when the caller's input has ended.
    private let ending: [UInt8]
    private var keys: DetachKeys?
    private var isReading = true
    private var waiting: [UInt8] = []
    /// The keys that detach have been typed.
    private(set) var isDetached = false

    /// - Parameters:
    ///   - target: -1: nothing is read.
    ///   - keys: Those that detach; `nil`: none do.
    init(to target: CInt, ending: [UInt8], keys: DetachKeys? = nil) {
        self.target = target
        self.ending = ending
        self.keys = keys
    }

    /// What to wait for at the standard input.
    var watchedInput: pollfd {
        pollfd(
            fd: isReading && waiting.isEmpty && target >= 0 ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0)
    }

    /// Whether something waits until the target takes it.
    var isWaiting: Bool { !waiting.isEmpty }

    /// Takes what has been typed.
    mutating func take() {
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count > 0 {
            let typed = Array(buffer[0..<count])
            (waiting, isDetached) = keys?.filter(typed) ?? (typed, false)
            return passOn()
        }
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        isReading = false
        waiting += ending
        passOn()
    }

    /// Hands on what the target takes.
    mutating func passOn() {
        guard !waiting.isEmpty else { return }
        let count = waiting.withUnsafeBytes { write(target, $0.baseAddress, $0.count) }
        if count > 0 { waiting.removeFirst(count) }
        if count < 0, errno != EAGAIN, errno != EINTR { waiting = [] }
    }
}

/// Shows what comes from a descriptor that does not block.
enum ShownOutput {
    private static let chunk = 16 << 10

    /// - Returns: `false` once nothing more will come, or nobody looks any more.
    static func pass(from source: CInt, to target: CInt) -> Bool {
        var buffer = [UInt8](repeating: 0, count: chunk)
        let count = read(source, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        guard count > 0 else { return false }
        do {
            try writeAll(buffer[0..<count], to: target)
            return true
        } catch {
            // Nobody looks any more.
            return false
        }
    }

    /// Shows what is there already.
    static func drain(from source: CInt, to target: CInt) {
        var ready = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, 0) > 0, pass(from: source, to: target) {}
    }
}

/// Joins the caller's terminal to the leading side of a program's (pty(7)): bytes, size and end.
enum TerminalRelay {
    /// What ends the caller, and what tells of a new size.
    static let signals: [CInt] = [SIGWINCH, SIGTERM, SIGHUP]

    /// - Parameters:
    ///   - leader: Does not block from now on.
    ///   - end: Readable when there is something to be asked.
    ///   - ask: Gives the program's exit code once it has ended.
    /// - Returns: The program's exit code, or 128 and the signal's number.
    static func run(
        leader: CInt, signals: borrowing SignalPipe, end: CInt, ask: () throws -> Int32?
    ) throws -> ExitStatusCode {
        RawTerminal.copySize(from: STDOUT_FILENO, to: leader)
        try checked("fcntl") { fcntl(leader, F_SETFL, O_NONBLOCK) }
        let raw = isatty(STDIN_FILENO) == 1 ? try RawTerminal(STDIN_FILENO) : nil
        // Before the caller's shell has its turn.
        defer { raw?.restore() }
        // The end of what is typed: Ctrl-D, as somebody at the terminal would say it.
        var input = TypedInput(to: leader, ending: [4])
        var isOpen = true
        while true {
            let events = Int16(POLLIN) | (input.isWaiting ? Int16(POLLOUT) : 0)
            var watched = [
                input.watchedInput,
                pollfd(fd: isOpen ? leader : -1, events: events, revents: 0),
                pollfd(fd: end, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
            if watched[0].revents != 0 { input.take() } else { input.passOn() }
            if watched[1].revents & ~Int16(POLLOUT) != 0 {
                isOpen = ShownOutput.pass(from: leader, to: STDOUT_FILENO)
            }
            if watched[3].revents != 0 {
                for signal in signals.take() {
                    guard signal == SIGWINCH else { return ExitStatusCode(rawValue: 128 + signal) }
                    RawTerminal.copySize(from: STDOUT_FILENO, to: leader)
                }
            }
            if watched[2].revents != 0, let code = try ask() {
                if isOpen { ShownOutput.drain(from: leader, to: STDOUT_FILENO) }
                return ExitStatusCode(rawValue: code)
            }
        }
    }
}
