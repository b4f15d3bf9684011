import DoozerProtocol
import DoozerService
import Testing

@Suite("The verbs")
struct VerbTests {
    /// A service with `/a/x` of revision 8, `/a/y` of 9 and `/b` of 10.
    private func conversation() throws -> Conversation {
        let conversation = Conversation()
        for (path, value) in [("/a/x", "1"), ("/a/y", "22"), ("/b", "333")] {
            #expect(try conversation.refusal(request(.set, path, value: value, rev: 0)) == nil)
        }
        return conversation
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var request: Doozer_Request
        var code: Doozer_Response.Err

        init(_ request: Doozer_Request, _ code: Doozer_Response.Err) {
            self.request = request
            self.code = code
        }

        var testDescription: String { "\(request.textFormatLine) is \(code)" }
    }

    @Test(
        "are refused with the protocol's code",
        arguments: [
            Refused(request(nil), .unknownVerb), Refused(request(.get), .missingArg),
            Refused(request(.stat), .missingArg), Refused(request(.set, "/a", value: "v"), .missingArg),
            Refused(request(.set, value: "v", rev: 0), .missingArg), Refused(request(.del, "/a"), .missingArg),
            Refused(request(.del, rev: 0), .missingArg), Refused(request(.wait, "/a"), .missingArg),
            Refused(request(.wait, rev: 0), .missingArg), Refused(request(.walk, "/**"), .missingArg),
            Refused(request(.walk, offset: 0), .missingArg), Refused(request(.getdir, "/"), .missingArg),
            Refused(request(.getdir, offset: 0), .missingArg), Refused(request(.get, "a"), .badPath),
            Refused(request(.get, "/a*"), .badPath), Refused(request(.get, ""), .badPath),
            Refused(request(.stat, "/a/"), .badPath), Refused(request(.set, "/a b", rev: -1), .badPath),
            Refused(request(.del, "//", rev: -1), .badPath), Refused(request(.getdir, "/_", offset: 0), .badPath),
            Refused(request(.walk, "/[a]", offset: 0), .badPath), Refused(request(.wait, "/{a}", rev: 0), .badPath),
            Refused(request(.get, "/a"), .isdir), Refused(request(.get, "/"), .isdir),
            Refused(request(.set, "/a", rev: -1), .isdir), Refused(request(.del, "/a", rev: -1), .isdir),
            Refused(request(.set, "/b/c", rev: -1), .notdir), Refused(request(.getdir, "/b", offset: 0), .notdir),
            Refused(request(.getdir, "/c", offset: 0), .noent), Refused(request(.getdir, "/b/c", offset: 0), .noent),
            Refused(request(.getdir, "/a", offset: 2), .range), Refused(request(.getdir, "/a", offset: -1), .range),
            Refused(request(.walk, "/a/*", offset: 2), .range), Refused(request(.walk, "/a/*", offset: -1), .range),
            Refused(request(.walk, "/z/*", offset: 0), .range), Refused(request(.set, "/b", rev: 9), .revMismatch),
            Refused(request(.set, "/b", rev: 0), .revMismatch), Refused(request(.del, "/b", rev: 9), .revMismatch),
            Refused(request(.set, "/new", rev: -2), .revMismatch), Refused(request(.access, value: "?"), .other),
        ])
    func refused(row: Refused) throws {
        let conversation = try conversation()
        let reply = try conversation.ask(row.request)
        #expect(reply.refusal?.code == row.code)
        #expect(reply.tag == 1 && reply.revision == nil && reply.value == nil && reply.path == nil)
        #expect(conversation.service.revision == 10)
    }

    @Test("GET gives a file's content and revision; of a missing file nothing and 0")
    func get() throws {
        let conversation = try conversation()
        let reply = try conversation.ask(request(.get, "/a/y"))
        #expect(reply.text == "22" && reply.revision == 9 && reply.refusal == nil)
        for missing in ["/c", "/a/x/below", "/a/z"] {
            let reply = try conversation.ask(request(.get, missing))
            #expect(reply.text == "" && reply.revision == 0 && reply.refusal == nil)
        }
    }

    @Test("SET gives the file's new revision, DEL nothing, NOP nothing; each takes a revision")
    func write() throws {
        let conversation = try conversation()
        #expect(try conversation.ask(request(.set, "/b", value: "4", rev: 10)).revision == 11)
        #expect(try conversation.ask(request(.set, "/b", rev: -1)).revision == 12)
        #expect(try conversation.ask(request(.get, "/b")).text == "")
        #expect(try conversation.ask(request(.del, "/b", rev: 12)) == replyWithTag(1))
        #expect(try conversation.ask(request(.get, "/b")).revision == 0)
        #expect(try conversation.ask(request(.nop)) == replyWithTag(1))
        #expect(try conversation.ask(request(.rev)).revision == 14)
    }

    @Test("STAT gives a file's revision and length, a directory's -2 and number of entries, and 0 of nothing")
    func stat() throws {
        let conversation = try conversation()
        for (path, revision, length) in [("/a/y", 9, 2), ("/a", -2, 2), ("/c", 0, 0)] as [(String, Int64, Int32)] {
            let reply = try conversation.ask(request(.stat, path))
            #expect(reply.revision == revision && reply.length == length && reply.refusal == nil, "\(path)")
        }
    }

    @Test("GETDIR gives one name, in the names' order")
    func getdir() throws {
        let conversation = try conversation()
        #expect(try conversation.ask(request(.getdir, "/a", offset: 0)).path == "x")
        #expect(try conversation.ask(request(.getdir, "/a", offset: 1)).path == "y")
        #expect(try conversation.ask(request(.getdir, "/", offset: 2)).path == "ctl")
    }

    @Test("WALK gives one matching file, wherever the client goes on", arguments: [[0, 1, 2], [2, 1, 0], [1, 1, 2]])
    func walk(offsets: [Int32]) throws {
        let conversation = try conversation()
        let expected = [("/a/x", 8, "1"), ("/a/y", 9, "22"), ("/b", 10, "333")] as [(String, Int64, String)]
        for offset in offsets {
            // A glob that the control files do not match.
            let reply = try conversation.ask(request(.walk, offset == 2 ? "/b" : "/a/*", offset: offset % 2))
            let (path, revision, value) = expected[Int(offset)]
            #expect(reply.path == path && reply.revision == revision && reply.text == value)
            #expect(reply.flags == ResponseFlags.set)
        }
        #expect(try conversation.refusal(request(.walk, "/a/*", offset: 2)) == .range)
        #expect(try conversation.ask(request(.walk, "/a/*", offset: 0)).path == "/a/x")
    }

    @Test("WALK in steps sees each change made in between, unless at a revision")
    func walkOverChanges() throws {
        let conversation = try conversation()
        #expect(try conversation.ask(request(.walk, "/a/*", offset: 0)).path == "/a/x")
        #expect(try conversation.refusal(request(.del, "/a/x", rev: -1)) == nil)
        #expect(try conversation.refusal(request(.walk, "/a/*", offset: 1)) == .range)
        #expect(try conversation.ask(request(.walk, "/a/*", rev: 10, offset: 1)).path == "/a/y")
        #expect(try conversation.ask(request(.walk, "/a/*", rev: 10, offset: 0)).path == "/a/x")
    }

    @Test("SELF gives the node's identifier, which the control files list")
    func control() throws {
        let conversation = Conversation { $0.cluster = "local" }
        #expect(try conversation.ask(request(.self_)).text == "NODE")
        #expect(try conversation.ask(request(.rev)).revision == Conversation.firstRevision)
        for (path, value) in [
            ("/ctl/name", "local"), ("/ctl/node/NODE/addr", "127.0.0.1:8046"), ("/ctl/node/NODE/hostname", "host"),
            ("/ctl/node/NODE/version", "1"), ("/ctl/node/NODE/writable", "true"),
            ("/ctl/ns/local/NODE", "127.0.0.1:8046"), ("/ctl/cal/0", "NODE"),
        ] {
            #expect(try conversation.ask(request(.get, path)).text == value, "\(path)")
        }
    }

    @Test("the reply has the tag of the request, and none if it had none", arguments: [nil, 0, -1, 1, Int32.max])
    func tags(tag: Int32?) throws {
        let conversation = try conversation()
        #expect(try conversation.ask(request(.rev, tag: tag)).tag == tag)
        #expect(try conversation.ask(request(.get, tag: tag)).tag == tag)
    }

    private func replyWithTag(_ tag: Int32) -> Reply {
        var reply = Reply()
        reply.tag = tag
        return reply
    }
}

extension Doozer_Request {
    /// The request on one line, to tell cases of a table apart.
    fileprivate var textFormatLine: String {
        "\(hasVerb ? "\(verb)" : "no verb") \(path) rev \(rev) offset \(offset)"
    }
}
