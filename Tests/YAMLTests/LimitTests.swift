import Testing
import YAML

@Suite("Limits of YAML texts")
struct LimitTests {
    private func firstError(_ text: String) -> String? {
        Document.load(Array(text.utf8), file: "x.yaml").errors.first.map { "\($0.position): \($0.message)" }
    }

    @Test("10 MB of brackets end at the 257th, in milliseconds")
    func deepFlow() {
        let clock = ContinuousClock()
        let text = [UInt8](repeating: UInt8(ascii: "["), count: 10 << 20)
        var errors: [ParseError] = []
        let time = clock.measure { errors = Document.load(text, file: "x.yaml").errors }
        #expect(errors == [ParseError(.tooDeep(limit: 256), at: SourcePosition(file: "x.yaml", line: 1, column: 257))])
        #expect(time < .seconds(30))
    }

    @Test("nesting of every style is bounded", arguments: ["- ", "? ", "{a: ", "!t [", "&a ["])
    func deep(_ opening: String) {
        let text = String(repeating: opening, count: 100_000)
        #expect(firstError(text)?.contains("nested more than 256 levels deep") == true)
    }

    @Test("256 levels are allowed")
    func atTheBound() {
        let text = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        #expect(firstError(text) == nil)
    }

    @Test("a block mapping may not be nested without end")
    func deepBlock() {
        let text = (0..<400).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(firstError(text) == "x.yaml:257:257: nested more than 256 levels deep")
    }

    @Test("aliases that multiply are stopped where they become too many")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: alias, count: 9).joined(separator: ", "))]\n"
        }
        let error = firstError(text)
        #expect(error?.hasPrefix("x.yaml:5:") == true)
        #expect(error?.hasSuffix("aliases make the document far larger than it is written") == true)
    }

    @Test("a fragment used by a thousand services is fine")
    func manyAliases() {
        let services = (0..<1000).map { "s\($0): {<<: *base, a: 1}\n" }.joined()
        #expect(firstError("base: &base {x: 1, y: [1, 2, 3], z: {k: v}}\n" + services) == nil)
    }

    @Test("a scalar over 1 MiB is an error where it begins")
    func largeScalar() {
        let text = "a:\n  b: " + String(repeating: "x", count: 1 << 20 + 1)
        #expect(firstError(text) == "x.yaml:2:6: this value is larger than 1 MiB")
        #expect(firstError("a: " + String(repeating: "x", count: 1 << 20)) == nil)
    }

    @Test("a text over 16 MiB is an error")
    func largeText() {
        let text = [UInt8](repeating: UInt8(ascii: "#"), count: 16 << 20 + 1)
        #expect(Document.load(text, file: "x.yaml").errors.map(\.kind) == [.tooLarge(limit: 16 << 20)])
    }

    @Test("too many nodes are an error")
    func manyNodes() {
        var limits = Limits.standard
        limits.nodes = 100
        let text = "[" + String(repeating: "a, ", count: 200) + "]"
        let errors = Document.load(Array(text.utf8), file: "x.yaml", limits: limits).errors
        #expect(errors.map(\.kind) == [.tooManyNodes(limit: 100)])
    }

    @Test("directives are bounded")
    func manyDirectives() {
        let text = (0..<1000).map { "%TAG !t\($0)! x\n" }.joined() + "--- a\n"
        #expect(firstError(text) == "x.yaml:65:1: more than 64 directives")
    }
}
