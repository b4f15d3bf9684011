import CLinux
import Glibc

/// A program that a test started, with pipes on its standard output and error.
///
/// It leads a process group of its own, so that a signal can be sent to it alone or, as a terminal does, to the group.
final class ChildProcess {
    /// How it ended and what it printed.
    struct Outcome: Sendable {
        /// The exit code; 128 and the signal's number for a death by signal, as a shell says it.
        var code: Int32
        var output: String
        var error: String
        /// From the start to the end of the process.
        var duration: Duration
    }

    let pid: pid_t
    private let descriptor: CInt
    private let started = ContinuousClock.now
    private var streams: [(pipe: CInt, bytes: [UInt8], isOpen: Bool)]
    private var end: (status: Int32, duration: Duration)?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: The program's path and its arguments.
    ///   - environment: The whole environment.
    ///   - input: A descriptor for its standard input; `nil`: /dev/null.
    init(_ arguments: [String], environment: [String: String], input: CInt? = nil) throws {
        let output = try Pipe()
        let error = try Pipe()
        pid = try spawn(
            arguments, environment: environment, streams: [input, output.writer, error.writer])
        close(output.writer)
        close(error.writer)
        streams = [(output.reader, [], true), (error.reader, [], true)]
        descriptor = clinux_pidfd_open(pid, 0)
        guard descriptor >= 0 else { throw SpawnError(call: "pidfd_open", code: errno) }
    }

    /// Starts a program whose standard streams are all a terminal.
    init(_ arguments: [String], environment: [String: String], terminal: CInt) throws {
        pid = try spawn(arguments, environment: environment, streams: [terminal, terminal, terminal])
        streams = []
        descriptor = clinux_pidfd_open(pid, 0)
        guard descriptor >= 0 else { throw SpawnError(call: "pidfd_open", code: errno) }
    }

    deinit {
        if end == nil {
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        for stream in streams where stream.isOpen { close(stream.pipe) }
        close(descriptor)
    }

    /// What it has printed so far on standard output.
    var output: String { String(decoding: streams.first?.bytes ?? [], as: UTF8.self) }
    /// What it has printed so far on standard error.
    var error: String { String(decoding: streams.dropFirst().first?.bytes ?? [], as: UTF8.self) }
    var isRunning: Bool { end == nil }

    /// Sends a signal to the process alone; none if it has ended.
    func send(_ signal: Int32) { _ = clinux_pidfd_send_signal(descriptor, signal) }

    /// Sends a signal to its process group, as a terminal does on Ctrl-C.
    func sendToGroup(_ signal: Int32) { kill(-pid, signal) }

    /// Waits until it has ended and nobody holds its output open any more.
    ///
    /// - Throws: ``TimedOut``, after having killed its group.
    func wait(timeout: Duration = .seconds(120)) throws -> Outcome {
        let deadline = ContinuousClock.now + timeout
        while end == nil || streams.contains(where: \.isOpen) {
            guard try step(until: deadline) else {
                kill(-pid, SIGKILL)
                throw TimedOut(what: end == nil ? "the program" : "its output, held open", output: output, error: error)
            }
        }
        return outcome
    }

    /// Waits until it has printed `text` on standard output or error, or has ended.
    ///
    /// - Throws: ``TimedOut``, after having killed its group.
    func waitForOutput(_ text: String, timeout: Duration = .seconds(120)) throws {
        let deadline = ContinuousClock.now + timeout
        while !output.contains(text) && !error.contains(text) && streams.contains(where: \.isOpen) {
            guard try step(until: deadline) else {
                kill(-pid, SIGKILL)
                throw TimedOut(what: "'\(text)'", output: output, error: error)
            }
        }
    }

    /// Waits for at most `duration`, or until it has ended.
    func pause(for duration: Duration) throws {
        let deadline = ContinuousClock.now + duration
        while end == nil, try step(until: deadline) {}
    }

    private var outcome: Outcome {
        let status = end?.status ?? 0
        let code =
            clinux_wifexited(status) != 0 ? clinux_wexitstatus(status) : 128 + clinux_wtermsig(status)
        return Outcome(code: code, output: output, error: error, duration: end?.duration ?? .zero)
    }

    /// Waits for the next event and takes it in; `false` when the deadline has passed.
    private func step(until deadline: ContinuousClock.Instant) throws -> Bool {
        let left = deadline - .now
        guard left > .zero else { return false }
        var polls = streams.map { pollfd(fd: $0.isOpen ? $0.pipe : -1, events: Int16(POLLIN), revents: 0) }
        polls.append(pollfd(fd: end == nil ? descriptor : -1, events: Int16(POLLIN), revents: 0))
        let (seconds, attoseconds) = left.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1
        guard poll(&polls, nfds_t(polls.count), Int32(clamping: milliseconds)) >= 0 || errno == EINTR else {
            throw SpawnError(call: "poll", code: errno)
        }
        for index in streams.indices where polls[index].revents != 0 { receive(index) }
        if polls[streams.count].revents != 0 { collect() }
        return true
    }

    private func receive(_ index: Int) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(streams[index].pipe, &buffer, buffer.count)
        if count > 0 {
            streams[index].bytes += buffer[..<count]
        } else if count == 0 || errno != EINTR {
            close(streams[index].pipe)
            streams[index].isOpen = false
        }
    }

    private func collect() {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return }
        end = (status, started.duration(to: .now))
    }
}

/// What a test waited for did not come.
struct TimedOut: Error, CustomStringConvertible {
    var what: String
    var output: String
    var error: String
    var description: String { "timed out waiting for \(what)\nstandard output:\n\(output)\nstandard error:\n\(error)" }
}
