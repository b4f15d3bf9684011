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
}
