import EnvironmentFile
import OrderedCollections
import Testing

@Suite("Interpolation")
struct InterpolationTests {
    @Test(
        "puts in variables by every form",
        arguments: [
            ("$A", "one"), ("${A}", "one"), ("x${A}y$A", "xoney" + "one"), ("$A-b", "one-b"), ("$AB", ""),
            ("${A:-d}", "one"), ("${E:-d}", "d"), ("${E-d}", ""), ("${U:-d}", "d"), ("${U-d}", "d"),
            ("${A:+x}", "x"), ("${E:+x}", ""), ("${E+x}", "x"), ("${U:+x}", ""), ("${U+x}", ""),
            ("${A:?m}", "one"), ("${E?m}", ""), ("${U:-${A}}", "one"), ("${U:-${U:-${A}}}z", "onez"),
            ("${A:+${B:-${U:-deep}}}", "two"), ("${U:-a$${A}}", "a${A}"), ("${U:-}", ""), ("${U:-a:b/c d}", "a:b/c d"),
            ("$$", "$"), ("$$A", "$A"), ("$${A}", "${A}"), ("$$$A", "$one"), ("$", "$"), ("a $ b", "a $ b"),
            ("5$", "5$"),
            ("^x$", "^x$"), ("$1", "$1"), ("${U:-{\"a\":1}}", "{\"a\":1}"),
        ])
    func forms(_ text: String, _ expected: String) throws {
        let quoted = text.replacing("'", with: "''")
        let loaded = try loadService("environment: {V: '\(quoted)'}", variables: ["A": "one", "B": "two", "E": ""])
        #expect(loaded.service?.environment["V"] == expected)
    }

    @Test("values are typed after variables are put in, keys are left alone")
    func typing() throws {
        let loaded = try loadService(
            "privileged: ${YES}\nports: [\"${PORT}:80\"]\npids_limit: ${N}\nlabels: {$YES: a}\nenvironment: {E: \"${N}\"}",
            variables: ["YES": "true", "PORT": "8080", "N": "5"])
        #expect(loaded.messages == [])
        let service = try #require(loaded.service)
        #expect(service.isPrivileged)
        #expect(service.ports.first?.published == 8080)
        #expect(service.pidsLimit == 5)
        #expect(service.labels == ["$YES": "a"])
        #expect(service.environment == ["E": "5"])
    }

    @Test(
        "mistakes point at the dollar sign",
        arguments: [
            ("image: 'a:${TAG!x}'", "4:13: error: this is not a valid variable"),
            ("image: a:${ TAG}", "4:12: error: this is not a valid variable"),
            ("image: a:${TAG", "4:12: error: this is not a valid variable"),
            ("image: \"a:${}\"", "4:13: error: this is not a valid variable"),
            ("image: a:${TAG:?set it}", "4:12: error: required variable 'TAG' has no value: set it"),
            ("image: a:${TAG?}", "4:12: error: required variable 'TAG' has no value"),
            ("image: a:${TAG:-${OTHER:?no OTHER}}", "4:19: error: required variable 'OTHER' has no value: no OTHER"),
            ("image: a:x$TAG", "4:13: warning: variable 'TAG' is not set; an empty string is put in"),
            ("image: é${TAG}", "4:11: warning: variable 'TAG' is not set; an empty string is put in"),
            ("image: >\n  a ${TAG}", "4:10: warning: variable 'TAG' is not set; an empty string is put in"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        let indented = text.split(separator: "\n").map { "  \($0)\n" }.joined()
        let loaded = try load("services:\n s:\n  x-a: 1\n\(indented)")
        #expect(loaded.messages == [expected])
    }

    @Test("the place is that of the dollar sign where nothing hides it")
    func places() throws {
        let loaded = try load("services:\n  s:\n    image: \"a:${TAG!}\"\n    hostname: 'x$U'\n    user: \"\\t$U\"\n")
        #expect(loaded.messages.map { $0.prefix { $0 != " " } } == ["3:15:", "4:17:", "5:11:"])
    }

    @Test("deep nesting and long texts end at once")
    func bounds() throws {
        let deep = String(repeating: "${A:-", count: 50000) + String(repeating: "}", count: 50000)
        #expect(try loadService("user: '\(deep)'").messages.first?.contains("this is not a valid variable") == true)
        let long = String(repeating: "$A", count: 50000)
        #expect(try loadService("user: '\(long)'", variables: ["A": "x"]).service?.user?.count == 50000)
    }
}
