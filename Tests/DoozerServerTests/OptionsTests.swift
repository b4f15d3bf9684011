import DoozerServer
import Testing

@testable import doozerd

@Suite("The command line of doozerd")
struct OptionsTests {
    private func options(_ words: String) throws -> Options {
        guard case .serve(let options) = try Options.parse(words.split(separator: " ").map(String.init)) else {
            throw Options.UsageError(message: "not a server")
        }
        return options
    }

    @Test(
        "takes flags as the original does",
        arguments: [
            "-l 127.0.0.2:9 -c test -hist 5", "-l=127.0.0.2:9 --c=test --hist=5",
            "--l 127.0.0.2:9 -c test -timeout 60 -pulse 1 -fill .1 -w false -hist 5",
        ])
    func flags(words: String) throws {
        let options = try options(words)
        #expect(options.address?.host == "127.0.0.2" && options.address?.port == 9)
        #expect(options.cluster == "test" && options.history == 5)
    }

    @Test("listens on port 8046 of the loopback interface, as cluster 'local', with 2,000 revisions, unless told")
    func defaults() throws {
        let options = try options("")
        #expect(options.address?.host == "127.0.0.1" && options.address?.port == 8046)
        #expect(options.cluster == "local" && options.history == 2000)
    }

    @Test(
        "refuses what it cannot honour, and says what to do",
        arguments: [
            ("-l nowhere", "ADDRESS:PORT"), ("-c a/b", "letters"), ("-hist 0", "from 1"), ("-hist x", "from 1"),
            ("-hist", "needs a value"), ("-timeout soon", "seconds"), ("-w :8000", "no web view"),
            ("-a 127.0.0.1:1", "joins no cluster"), ("-b doozer:?ca=x", "joins no cluster"), ("-tlscert x", "TLS"),
            ("-x 1", "unknown flag -x"), ("serve", "unexpected argument"), ("-max-message 1", "from 64"),
        ])
    func refused(words: String, reason: String) {
        #expect {
            try options(words)
        } throws: { error in
            (error as? Options.UsageError)?.message.contains(reason) == true
        }
    }
}
