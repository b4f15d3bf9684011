import Testing

@testable import doozer

@Suite("The command line of doozer")
struct InvocationTests {
    @Test("takes revisions below zero as arguments, and options anywhere")
    func set() throws {
        let invocation = try Invocation(["set", "-a", "doozer:?ca=x", "/a", "-1", "--", "-v"])
        guard case .set(path: "/a", condition: -1, body: "-v") = invocation.command else {
            Issue.record("\(invocation.command)")
            return
        }
        #expect(invocation.uri == "doozer:?ca=x")
    }

    @Test("takes what bounds a watch")
    func watch() throws {
        let invocation = try Invocation(["watch", "/**", "-r", "5", "-t", "0.5", "-n", "2"])
        #expect(invocation.revision == 5 && invocation.timeout == .milliseconds(500) && invocation.count == 2)
    }

    @Test(
        "that is wrong is refused, and says why",
        arguments: [
            ("", "no command"), ("frob", "unknown command 'frob'"), ("get", "get takes PATH"),
            ("get /a /b", "takes PATH"),
            ("set /a", "set takes PATH REV"), ("set /a x", "'x' is not a revision"), ("del /a 1 2", "takes PATH REV"),
            ("rev 1", "no arguments"), ("get /a -r", "-r needs a value"), ("get /a -r x", "not a revision"),
            ("wait /a -t soon", "seconds"), ("watch /a -n 0", "from 1"), ("get /a -x", "unknown option '-x'"),
        ])
    func refused(words: String, reason: String) {
        #expect {
            try Invocation(words.split(separator: " ").map(String.init))
        } throws: { error in
            (error as? Invocation.UsageError)?.message.contains(reason) == true
        }
    }
}
