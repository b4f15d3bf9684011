import LinuxKernel
import Testing

@Suite("Subordinate ids")
struct SubordinateIDTests {
    private func ids(_ subuid: String, _ subgid: String = "", name: String? = "me") -> SubordinateIDs {
        SubordinateIDs(subuid: Array(subuid.utf8), subgid: Array(subgid.utf8), user: 1000, name: name)
    }

    @Test("those of the user are found, by name and by number, in the order of the file")
    func found() {
        let text = "other:1:5\nme:100000:65536\n1000:300000:10\nmerry:7:7\n"
        #expect(ids(text).users == [100_000..<165_536, 300_000..<300_010])
        #expect(ids(text, name: nil).users == [300_000..<300_010])
        #expect(ids("", text).groups == [100_000..<165_536, 300_000..<300_010])
    }

    @Test(
        "lines that make no sense are passed over",
        arguments: [
            "", "me", "me:1", "me:1:", "me::1", "me:x:1", "me:1:0", "me:4294967290:100", "me:-1:5", "me:1:2:3", ":1:1",
            "me:99999999999:1",
        ])
    func nonsense(line: String) {
        #expect(ids(line).users == [])
        #expect(ids("\(line)\nme:5:6\n").users == [5..<11])
    }
}
