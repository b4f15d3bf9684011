import CLinux
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

/// Writes one container's log, and turns its files over before they grow too large.
///
/// On the event loop's thread only. A disk that is full costs lines, never the container; once there is room again, a line
/// of the harness's own says how many.
final class LogWriter {
    /// Bytes that are gathered before they are written within one turn of the loop.
    private static let batch = 64 << 10
    /// How long nothing is tried after a failure.
    private static let pause: Duration = .seconds(1)

    private let files: LogFiles
    private let limits: LogLimits
    private let report: (SystemCallError) -> Void
    private var file: SharedDescriptor?
    private var size: Int64 = 0
    private var buffer: [UInt8] = []
    /// Lines in the buffer.
    private var count = 0
    private var clock = LogClock()
    private var retryAt: ContinuousClock.Instant?
    private var loss: Loss?

    /// What could not be written since something last could.
    private struct Loss {
        var lines = 0
        let why: SystemCallError
    }

    /// Something waits to be written.
    var isPending: Bool { !buffer.isEmpty }

    /// - Parameter report: Called for the first failure in a row.
    init(directory: String, limits: LogLimits, report: @escaping (SystemCallError) -> Void) {
        files = LogFiles(directory: directory)
        self.limits = limits
        self.report = report
    }

    func append(_ line: LogLine) {
        guard limits.isKept else { return }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        LogEntry.append(time: clock.text(time), line, to: &buffer)
        count += 1
        if buffer.count >= Self.batch { flush() }
    }

    /// Writes what has been gathered.
    func flush() {
        guard !buffer.isEmpty else { return }
        defer {
            buffer.removeAll(keepingCapacity: buffer.count <= 2 * Self.batch)
            count = 0
        }
        if let retryAt, ContinuousClock.now < retryAt {
            loss?.lines += count
            return
        }
        do throws(SystemCallError) {
            let bytes = loss.map { notice($0) + buffer } ?? buffer
            let file = try openFile(for: bytes.count)
            try writeAll(bytes, to: file.rawValue)
            size += Int64(bytes.count)
            (retryAt, loss) = (nil, nil)
        } catch {
            if loss == nil { report(error) }
            loss = Loss(lines: (loss?.lines ?? 0) + count, why: error)
            retryAt = .now + Self.pause
            file = nil
        }
    }

    /// Says what is missing, on a line of its own: the last one may have been cut.
    private func notice(_ loss: Loss) -> [UInt8] {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var bytes = [UInt8(ascii: "\n")]
        let text = "harness: \(loss.lines) \(loss.lines == 1 ? "line is" : "lines are") missing here: \(loss.why)"
        LogEntry.append(time: clock.text(time), LogLine(stream: .standardError, text: text), to: &bytes)
        return bytes
    }

    private func openFile(for count: Int) throws(SystemCallError) -> SharedDescriptor {
        var isFull = false
        if let file {
            isFull = size > 0 && size + Int64(count) > limits.maximumSize
            if !isFull { return file }
            self.file = nil
            try files.rotate(keeping: limits.maximumFiles)
        }
        try makeDirectories(files.directory, mode: 0o700)
        // With one file only there is nowhere to put the old one.
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | (isFull ? O_TRUNC : 0)
        let opened = SharedDescriptor(try OwnedDescriptor.open(files.current, flags, mode: 0o600))
        var status = stat()
        let number = opened.rawValue
        try checked("fstat", files.current) { fstat(number, &status) }
        size = Int64(status.st_size)
        file = opened
        return opened
    }
}
