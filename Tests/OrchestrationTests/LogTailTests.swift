import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("The tail of a log")
struct LogTailTests {
    private static func line(_ text: String) -> LogLine { LogLine(stream: .standardOutput, text: text) }

    @Test("keeps the last 50 lines in their order", arguments: [0, 1, 49, 50, 51, 99, 100, 101, 1234])
    func lines(count: Int) {
        let tail = LogTail()
        for number in 0..<count { tail.append(Self.line("\(number)")) }
        #expect(tail.lines.map(\.text) == (max(count - 50, 0)..<count).map(String.init))
    }

    @Test("cuts what is too long, and still finds a pattern behind the cut")
    func longLine() throws {
        let found = Latch<Void>()
        let tail = LogTail(watching: [(try LogPattern("ready$"), found)])
        tail.append(Self.line(String(repeating: "ä", count: 9000)))
        #expect(found.value == nil)
        tail.append(Self.line(String(repeating: "x", count: 9000) + "ready"))
        #expect(found.value != nil)
        #expect(tail.lines.allSatisfy { $0.text.utf8.count <= LogTail.byteLimit + 4 })
    }

    @Test("sets the latch of each pattern once")
    func patterns() throws {
        let (first, second) = (Latch<Void>(), Latch<Void>())
        let tail = LogTail(watching: [(try LogPattern("^a+$"), first), (try LogPattern("b|aa"), second)])
        tail.append(Self.line("a"))
        #expect(first.value != nil && second.value == nil)
        tail.append(Self.line("aa"))
        #expect(second.value != nil)
    }

    @Test("takes no pattern that is none", arguments: ["(", "[", "a{2,1}", "*", "nul\0"])
    func invalid(pattern: String) {
        #expect(throws: LogPattern.Invalid.self) { try LogPattern(pattern) }
    }
}
