import Testing
import YAML

@Suite("Core schema")
struct CoreSchemaTests {
    private func value(_ text: String) -> Value? {
        Document.load(Array(text.utf8), file: "x").root?.sequence?.first?.value
    }

    @Test(
        "gives a plain scalar its type",
        arguments: [
            ("null", .null), ("~", .null), ("Null", .null), ("nULL", .string("nULL")),
            ("true", .bool(true)), ("FALSE", .bool(false)), ("yes", .string("yes")), ("on", .string("on")),
            ("12", .int(12)), ("-12", .int(-12)), ("+12", .int(12)), ("0755", .int(755)),
            ("0o17", .int(15)), ("0x1F", .int(31)), ("0b11", .string("0b11")), ("1_000", .string("1_000")),
            ("9223372036854775808", .float(9_223_372_036_854_775_808)),
            ("1.5", .float(1.5)), ("-.5", .float(-0.5)), ("1.", .float(1)), ("1e3", .float(1000)),
            (".inf", .float(.infinity)), ("-.Inf", .float(-.infinity)), ("+.INF", .float(.infinity)),
            ("--.inf", .string("--.inf")), ("-.nan", .string("-.nan")), ("1.2.3", .string("1.2.3")),
            ("0x", .string("0x")), ("0o8", .string("0o8")), ("0x-1", .string("0x-1")), ("-x", .string("-x")),
            ("22:22", .string("22:22")), ("1e", .string("1e")), (".", .string(".")), ("infinity", .string("infinity")),
            ("'1'", .string("1")), ("\"true\"", .string("true")),
            ("!!str 1", .string("1")), ("! 1", .string("1")), ("!!int '7'", .int(7)), ("!!float 1", .float(1)),
            ("!!bool 'true'", .bool(true)), ("!!null ''", .null),
        ] as [(String, Value)])
    func plain(_ text: String, _ expected: Value) {
        #expect(value("- \(text)\n") == expected)
    }

    @Test("knows that not a number is a number")
    func notANumber() {
        guard case .float(let number) = value("- .NaN\n") else {
            Issue.record("no number")
            return
        }
        #expect(number.isNaN)
    }

    @Test(
        "rejects a core tag that does not fit",
        arguments: [
            ("- !!int one", "x:1:3: 'one' is not a value of !!int"),
            ("- !!bool yes", "x:1:3: 'yes' is not a value of !!bool"),
            ("- !!map []", "x:1:3: 'this collection' is not a value of !!map"),
            ("- !!seq {}", "x:1:3: 'this collection' is not a value of !!seq"),
            ("- !!str []", "x:1:3: 'this collection' is not a value of !!str"),
        ])
    func misfit(_ text: String, _ expected: String) {
        let errors = Document.load(Array(text.utf8), file: "x").errors
        #expect(errors.map { "\($0.position): \($0.message)" } == [expected])
    }

    @Test("keeps custom tags")
    func customTags() {
        let root = Document.load(Array("a: !reset null\nb: !override [1]\n".utf8), file: "x").root
        #expect(root?.mapping?["a"]?.tag == "!reset")
        #expect(root?.mapping?["a"]?.isNull == true)
        #expect(root?.mapping?["b"]?.tag == "!override")
    }
}
