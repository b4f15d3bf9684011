import EnvironmentFile
import Testing

@Suite("Hostile files end in a message, quickly")
struct BoundsTests {
    @Test("a .env file whose values double is stopped")
    func doublingVariables() throws {
        let lines = (1...64).map { "V\($0)=$V\($0 - 1)$V\($0 - 1)\n" }.joined()
        let loaded = try loadService("user: u", beside: [".env": "V0=xxxxxxxxxxxxxxxx\n" + lines])
        #expect(loaded.result.diagnostics.map(\.message) == ["variables make this value larger than 1 MiB"])
    }

    @Test("a large variable used everywhere is stopped")
    func largeVariable() throws {
        let value = String(repeating: "x", count: 1 << 20)
        let uses = (0..<200).map { "  a\($0): $V\n" }.joined()
        let loaded = try load("x-all:\n\(uses)services: {s: {image: i}}\n", variables: ["V": value])
        let message = "variables make this value, or the values of the file together, too large"
        #expect(loaded.result.diagnostics.first?.message == message)
        #expect(loaded.result.diagnostics.first?.position?.line == 66)
    }

    @Test("a large value used through many aliases is too much, too")
    func aliasedValue() throws {
        let uses = (0..<5000).map { "  a\($0): *v\n" }.joined()
        let value = String(repeating: "x", count: 200_000)
        let loaded = try load("x-v: &v '\(value)'\nx-all:\n\(uses)services: {s: {image: i}}\n")
        #expect(loaded.messages == ["108:9: error: aliases make the document far larger than it is written"])
    }

    @Test("of a file of mistakes the first thousand are told")
    func manyMistakes() throws {
        let keys = (0..<20000).map { "k\($0): 1\n" }.joined()
        let loaded = try load(keys)
        #expect(loaded.result.diagnostics.count == 1001)
        #expect(loaded.messages.last == "error: there is more to say than these 1000 things")
        #expect(loaded.messages.first == "1:1: error: 'k0' is not known here")
        #expect(!loaded.rendered.isEmpty)
    }

    @Test("nesting up to the bound passes through every phase")
    func deep() throws {
        let nested = String(repeating: "{a: ", count: 250) + "!reset x" + String(repeating: "}", count: 250)
        let folder = try Folder(["a.yaml": "x-a: \(nested)\n", "b.yaml": "x-a: \(nested)\nservices: {s: {image: i}}\n"])
        var request = LoadRequest(currentDirectory: folder.path)
        request.files = ["a.yaml", "b.yaml"]
        #expect(Loaded(result: EnvironmentLoader.load(request)).messages == [])
    }

    @Test("a tag without meaning is a warning")
    func tags() throws {
        let loaded = try loadService("user: !rset u")
        #expect(loaded.messages == ["4:11: warning: tag '!rset' has no meaning here"])
        #expect(loaded.result.diagnostics.first?.remedy == "did you mean '!reset'?")
    }

    @Test(
        "a hostile text is an error at a place in it, soon",
        arguments: [
            ("a: " + String(repeating: "x", count: 50 << 20), "environment.yaml"),
            ("services: " + String(repeating: "{a: ", count: 100_000), "environment.yaml:1:"),
            ("services: " + String(repeating: "[", count: 100_000), "environment.yaml:1:"),
            (String(repeating: "- ", count: 100_000), "environment.yaml:1:"),
            ("services: {s: {image: \"i\u{0}\"}}\n", "environment.yaml:1:25"),
            (
                "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
                    + (1...30).map { "a\($0): &a\($0) [" + String(repeating: "*a\($0 - 1), ", count: 9) + "]\n" }
                    .joined(),
                "environment.yaml:"
            ),
            ("x-a: &a {b: *a}\nservices: {s: {image: i}}\n", "environment.yaml:1:13"),
        ])
    func hostile(_ text: String, _ place: String) throws {
        let start = ContinuousClock.now
        let loaded = try load(text)
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(loaded.result.hasErrors)
        let first = try #require(loaded.rendered.split(separator: "\n").first)
        #expect(first.hasPrefix(place) && first.utf8.count < 300, "\(first)")
    }

    @Test("bytes that are no UTF-8 are an error at the first of them")
    func bytes() throws {
        let folder = try Folder()
        try folder.write(
            Array("services:\n  s: {image: ".utf8) + [0xC3, 0x28] + Array("}\n".utf8), to: "environment.yaml")
        let loaded = Loaded(result: EnvironmentLoader.load(LoadRequest(currentDirectory: folder.path)))
        #expect(loaded.messages == ["2:14: error: this byte is not UTF-8"])
    }
}
