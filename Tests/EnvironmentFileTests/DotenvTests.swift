import EnvironmentFile
import OrderedCollections
import Testing

@Suite("The .env file")
struct DotenvTests {
    @Test(
        "is read as Compose reads it",
        arguments: [
            ("V=1", "1"), ("V= 1 ", "1"), ("V =1", "1"), ("V: 1", "1"), ("export V=1", "1"), ("  V=1", "1"),
            ("# c\n\nV=1\r\n", "1"), ("V=a # c", "a"), ("V=a#c", "a#c"), ("V='a # c' # d", "a # c"), ("V=", ""),
            ("V='$A \\n'", "$A \\n"), ("V=\"$A\\n\"", "one\n"), ("V=$A", "one"), ("V=${U:-d}", "d"), ("V=$$A", "$A"),
            (#"V="\$A""#, "$A"), (#"V="a\"b""#, "a\"b"), (#"V='it\'s'"#, "it's"), ("V='a\nb'", "a\nb"),
            ("V=\"a\n  b\"\nW=1", "a\n  b"), ("X=1\nV=$X$X", "11"), ("V=1\nV=2", "2"), ("export\tV=x", "x"),
            ("\u{FEFF}V=1", "1"), ("V=first one", "first one"), ("V.x=1\nV=2", "2"), ("A\nV=$A", "one"),
            ("V=a=b:c", "a=b:c"),
        ])
    func forms(_ text: String, _ expected: String) throws {
        let loaded = try loadService(
            "user: ${V:-unset}\nlabels: {v: \"$V\"}", beside: [".env": text], variables: ["A": "one"])
        #expect(loaded.service?.labels["v"] == expected)
    }

    @Test("the caller's environment wins")
    func precedence() throws {
        let loaded = try loadService("user: $V", beside: [".env": "V=file\n"], variables: ["V": "caller"])
        #expect(loaded.service?.user == "caller")
    }

    @Test(
        "mistakes are located in it",
        arguments: [
            ("A=1\nB C=1", ".env:2:1: a variable's name can't be empty or contain a space"),
            ("=1", ".env:1:1: a variable's name can't be empty or contain a space"),
            ("A=1\n  B!=1", ".env:2:4: unexpected character in a variable's name"),
            ("A='x\ny", ".env:1:3: the quote that begins here is never closed"),
            ("A=${", ".env:1:3: this value has an invalid variable in it"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        let diagnostics = try loadService("user: u", beside: [".env": text]).result.diagnostics
        #expect(diagnostics.map { "\($0.position?.description ?? ""): \($0.message)" } == [expected])
    }

    @Test("--env-file replaces it, later files win, and must exist")
    func explicit() throws {
        let folder = try Folder([
            "environment.yaml": "services: {s: {image: \"$V$W\"}}\n", ".env": "V=default\nW=w\n", "a": "V=a\n",
            "b": "V=b\nW=\n",
        ])
        var request = LoadRequest(currentDirectory: folder.path)
        request.environmentFiles = ["a", "b"]
        let loaded = Loaded(result: EnvironmentLoader.load(request))
        #expect(loaded.service?.image?.value == "b")
        request.environmentFiles = ["gone"]
        #expect(Loaded(result: EnvironmentLoader.load(request)).messages.first == "gone: error: no such file")
    }
}
