import Testing

@testable import OCI

@Suite("Reading JSON")
struct JSONTests {
    static let texts: [(String, JSONValue)] = [
        ("null", .null), (" true ", .boolean(true)), ("false", .boolean(false)), ("0", .integer(0)),
        ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .number(Array("9223372036854775808".utf8))), ("1.5e+3", .number(Array("1.5e+3".utf8))),
        ("[]", .array([])), ("[ 1 , [ ] ]", .array([.integer(1), .array([])])), ("{}", .object([:])),
        ("{\"a\":1,\"b\":{\"c\":null}}", .object(["a": .integer(1), "b": .object(["c": .null])])),
        ("{\"a\":1,\"a\":2}", .object(["a": .integer(2)])),
        ("\"grün \\u00fc \\n\\t\\\"\\\\\\/\\b\\f\\r\"", .string("grün ü \n\t\"\\/\u{8}\u{c}\r")),
        ("\"\\ud83d\\ude00\"", .string("😀")), ("\"\\u0000\"", .string("\u{0}")),
    ]

    @Test("gives the value", arguments: texts)
    func values(text: String, value: JSONValue) throws {
        #expect(try JSONValue(Array(text.utf8)) == value)
    }

    static let mistakes: [[UInt8]] =
        [
            "", " ", "nul", "nulll", "tru", "+1", "01", "-", "1.", ".5", "1e", "0x1", "NaN", "[", "[1", "[1,", "[1,]",
            "[,]",
            "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "\"", "\"\\",
            "\"\\x\"",
            "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\ud83d\"",
            "\"\\ude00\"",
            "\"a\nb\"", "1 2", "[] []", "/* */ 1", "\u{feff}1",
            String(repeating: "[", count: 129) + String(repeating: "]", count: 129),
        ].map { Array($0.utf8) } + [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0],
        ]

    @Test("refuses what RFC 8259 does not have, invalid UTF-8 and more than 128 levels", arguments: mistakes)
    func refused(text: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(text) }
    }

    @Test("never reads beyond the end, wherever a text is cut off")
    func truncated() throws {
        let text = Array("{\"a\":[1,-2.5e3,\"\\ud83d\\ude00\",true,false,null],\"b\":{\"c\":\"ü\"}}".utf8)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(Array(text[..<length])) }
        }
        _ = try JSONValue(text)
    }
}
