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
}
