import EnvironmentFile
import Testing

/// A file as somebody gets it wrong, and all that is said about it.
struct Mistake: Sendable, CustomTestStringConvertible {
    var title: String
    var text: String
    /// `line:column: severity: message | remedy` in this order, warnings about what has no effect left out.
    var expected: [String]

    init(_ title: String, _ text: String, _ expected: String...) {
        (self.title, self.text, self.expected) = (title, text, expected)
    }

    var testDescription: String { title }
}

@Suite("Mistakes that people make")
struct MistakeTests {
    private func said(_ loaded: Loaded) -> [String] {
        zip(loaded.result.diagnostics, loaded.messages).filter { $0.0.code != .notHonoured || $0.0.severity == .error }
            .map {
                diagnostic, message in
                message + (diagnostic.remedy.map { " | \($0)" } ?? "")
            }
    }

    @Test(
        "are told with place, reason and remedy",
        arguments: Mistake.form + Mistake.values + Mistake.references + Mistake.parts)
    func mistake(_ mistake: Mistake) throws {
        let loaded = try load(mistake.text)
        #expect(said(loaded) == mistake.expected)
        // Where nothing but warnings is said, there is an environment.
        #expect((loaded.environment == nil) == loaded.result.hasErrors)
    }

    @Test("all come at once, in the order of the file, and the same every time")
    func together() throws {
        let text = """
            version: "3"
            services:
              web:
                image: i
                prots: ["80:80"]
                stop_grace_period: 10
                depends_on: [api, cahce]
              cache: {image: i, mem_limit: lots}
              api: {image: i, init: maybe, depends_on: [web]}
            volume: {}
            test: {on: wbe, timeout: soon}
            """
        let first = try load(text)
        #expect(
            first.messages == [
                "1:1: warning: 'version' is obsolete",
                "5:5: error: 'prots' is not known in 'web'",
                "6:24: error: 'stop_grace_period' must be a string, not 10",
                "7:18: error: services wait for each other: web → api (line 7) → web (line 9)",
                "7:23: error: service 'web' depends on 'cahce', which is not defined",
                "8:32: error: 'mem_limit' 'lots' is not a size",
                "9:25: error: 'init' must be true or false, not 'maybe'",
                "10:1: error: 'volume' is not known here",
                "11:12: error: the test runs on service 'wbe', which is not defined",
                "11:26: error: 'timeout' 'soon' is not a duration",
            ])
        for _ in 0..<5 { #expect(try load(text).rendered == first.rendered) }
    }

    @Test("there are no fewer than sixty")
    func count() {
        #expect((Mistake.form + Mistake.values + Mistake.references + Mistake.parts).count >= 60)
    }
}
