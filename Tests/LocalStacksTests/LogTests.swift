import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration
import Testing

@testable import LocalStacks

@Suite("Log files")
final class LogTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/harness-logs-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        do { try removeTree(directory) } catch { Issue.record("\(error)") }
    }

    private func limits(_ size: Int64 = 1 << 20, _ files: Int = 3) -> LogLimits {
        var limits = LogLimits()
        limits.maximumSize = size
        limits.maximumFiles = files
        return limits
    }

    private func writer(_ limits: LogLimits) -> LogWriter {
        LogWriter(directory: directory, limits: limits) { Issue.record("\($0)") }
    }

    private func read(_ reader: inout LogReader) throws -> [String] {
        var texts: [String] = []
        _ = try reader.read { texts.append($0.text) }
        return texts
    }

    @Test(
        "any text comes back as it was",
        arguments: ["", "plain", #"a "quoted" \ back"#, "tab\tbell\u{7}\u{0}", "Ünï — 😀"])
    func texts(text: String) throws {
        let writer = writer(limits())
        writer.append(LogLine(stream: .standardError, text: text))
        writer.flush()
        var reader = LogReader(directory: directory)
        var entries: [LogEntry] = []
        _ = try reader.read { entries.append($0) }
        #expect(entries.map(\.text) == [text])
        #expect(entries.first?.stream == .standardError)
        #expect(entries.first?.time.utf8.count == 27)
    }

    @Test(
        "a line that is none is passed over",
        arguments: ["", "{}", #"{"time":"x"#, #"{"time":"t","stream":"no","text":"x"}"#])
    func nonsense(line: String) throws {
        let good = #"{"time":"2026-01-02T03:04:05.000000Z","stream":"stdout","text":"good"}"#
        let file = try OwnedDescriptor.open("\(directory)/current.jsonl", O_WRONLY | O_CREAT, mode: 0o600)
        try writeAll("\(line)\n\(good)\n".utf8, to: file.rawValue)
        var reader = LogReader(directory: directory)
        #expect(try read(&reader) == ["good"])
    }

    @Test("files are turned over, the oldest is dropped, and no file is larger than it may be", arguments: [1, 2, 4])
    func rotation(files: Int) throws {
        let writer = writer(limits(1000, files))
        for number in 0..<100 {
            writer.append(LogLine(stream: .standardOutput, text: "line \(number)"))
            writer.flush()
        }
        let names = try directoryEntries(directory)
        #expect(names.count == files)
        for name in names {
            var status = stat()
            #expect(stat("\(directory)/\(name)", &status) == 0 && status.st_size <= 1000)
        }
        var reader = LogReader(directory: directory)
        let texts = try read(&reader)
        #expect(texts.last == "line 99")
        #expect(texts == (100 - texts.count..<100).map { "line \($0)" }, "in order, without a gap")
    }

    @Test("a reader goes on where it was, over a turn of the files")
    func following() throws {
        let writer = writer(limits(1000, 3))
        var reader = LogReader(directory: directory)
        var seen: [String] = []
        for number in 0..<60 {
            writer.append(LogLine(stream: .standardOutput, text: "line \(number)"))
            writer.flush()
            seen += try read(&reader)
        }
        #expect(seen == (0..<60).map { "line \($0)" })
    }

    @Test("with 'none' nothing is written")
    func none() throws {
        var limits = LogLimits()
        limits.isKept = false
        let writer = writer(limits)
        writer.append(LogLine(stream: .standardOutput, text: "x"))
        writer.flush()
        #expect(try directoryEntries(directory) == [])
    }

    @Test("a disk that is full costs lines, is told once, and writing goes on when there is room")
    func full() throws {
        var reports = 0
        let writer = LogWriter(directory: "/dev/full/logs", limits: limits()) { _ in reports += 1 }
        for _ in 0..<5 {
            writer.append(LogLine(stream: .standardOutput, text: "x"))
            writer.flush()
        }
        #expect(reports == 1)
        #expect(!writer.isPending)
    }

    @Test("what could not be written is told where it is missing, and a line that was cut spoils no other")
    func lost() throws {
        let small = "\(directory)/small"
        mkdir(small, 0o700)
        // Stands for a disk without room: a directory where the file should be.
        var failures: [SystemCallError] = []
        let writer = LogWriter(directory: small, limits: limits()) { failures.append($0) }
        mkdir("\(small)/current.jsonl", 0o700)
        for text in ["a", "b"] { writer.append(LogLine(stream: .standardOutput, text: text)) }
        writer.flush()
        writer.append(LogLine(stream: .standardOutput, text: "c"))
        writer.flush()
        rmdir("\(small)/current.jsonl")
        let file = try OwnedDescriptor.open("\(small)/current.jsonl", O_WRONLY | O_CREAT, mode: 0o600)
        try writeAll(#"{"time":"2026-01-02T03:0"#.utf8, to: file.rawValue)
        var texts: [String] = []
        let deadline = ContinuousClock.now + .seconds(60)
        // It tries again a second later.
        while texts.isEmpty, ContinuousClock.now < deadline {
            writer.append(LogLine(stream: .standardOutput, text: "d"))
            writer.flush()
            var reader = LogReader(directory: small)
            texts = try read(&reader)
            poll(nil, 0, 10)
        }
        #expect(failures.count == 1)
        let notice = try #require(texts.first)
        #expect(notice.hasPrefix("harness: ") && notice.contains("lines are missing here: open"), "\(notice)")
        let missing = try #require(notice.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        #expect(missing >= 3)
        #expect(texts.dropFirst() == ["d"])
    }
}
