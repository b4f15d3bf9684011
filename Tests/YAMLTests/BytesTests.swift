import Testing
import YAML

@Suite("Bytes that are no YAML text")
struct BytesTests {
    @Test(
        "is located by line and column",
        arguments: [
            ([0x61, 0x3A, 0x0A, 0x20, 0xFF], "x:2:2: this byte is not UTF-8"),
            ([0x61, 0xC3], "x:1:2: this byte is not UTF-8"),
            ([0xC0, 0x80], "x:1:1: this byte is not UTF-8"),
            ([0xED, 0xA0, 0x80], "x:1:1: this byte is not UTF-8"),
            ([0xF5, 0x80, 0x80, 0x80], "x:1:1: this byte is not UTF-8"),
            ([0xC3, 0xA9, 0x00], "x:1:2: the file contains a NUL byte"),
            ([0x61, 0x0A, 0x1B], "x:2:1: control character U+001B is not allowed"),
            ([0x61, 0x7F], "x:1:2: control character U+007F is not allowed"),
            ([0xFF, 0xFE, 0x61, 0x00], "x:1:1: the file is UTF-16"),
        ] as [([UInt8], String)])
    func located(_ bytes: [UInt8], _ expected: String) {
        let errors = Document.load(bytes, file: "x").errors
        #expect(errors.map { "\($0.position): \($0.message)" } == [expected])
    }

    @Test("a byte order mark is not part of the first column")
    func byteOrderMark() {
        let document = Document.load([0xEF, 0xBB, 0xBF] + Array("a: 1".utf8), file: "x")
        #expect(document.errors.isEmpty)
        #expect(document.root?.mapping?.entry("a")?.key.column == 1)
    }

    @Test("nothing, or only comments, is no document and no error", arguments: ["", "\n\n", "# a\n", "\u{FEFF}"])
    func empty(_ text: String) {
        let document = Document.load(Array(text.utf8), file: "x")
        #expect(document.root == nil)
        #expect(document.errors.isEmpty)
    }
}
