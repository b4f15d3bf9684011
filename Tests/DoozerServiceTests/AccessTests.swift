import DoozerProtocol
import DoozerService
import Testing

@Suite("Access")
struct AccessTests {
    struct Case: Sendable {
        var readWrite: String
        var readOnly: String
        var given: String?
        var isGranted = true
        var canRead: Bool
        var canWrite: Bool
    }

    @Test(
        "follows the secrets; one that is not set is the empty one",
        arguments: [
            Case(readWrite: "", readOnly: "", given: nil, canRead: true, canWrite: true),
            Case(readWrite: "", readOnly: "r", given: nil, canRead: true, canWrite: true),
            Case(readWrite: "w", readOnly: "", given: nil, canRead: true, canWrite: false),
            Case(readWrite: "w", readOnly: "", given: "w", canRead: true, canWrite: true),
            Case(readWrite: "w", readOnly: "", given: "x", isGranted: false, canRead: true, canWrite: false),
            Case(readWrite: "w", readOnly: "r", given: nil, canRead: false, canWrite: false),
            Case(readWrite: "w", readOnly: "r", given: "", isGranted: false, canRead: false, canWrite: false),
            Case(readWrite: "w", readOnly: "r", given: "r", canRead: true, canWrite: false),
            Case(readWrite: "w", readOnly: "r", given: "w", canRead: true, canWrite: true),
            Case(readWrite: "s", readOnly: "s", given: nil, canRead: false, canWrite: false),
            Case(readWrite: "s", readOnly: "s", given: "s", canRead: true, canWrite: true),
        ])
    func secrets(row: Case) throws {
        let conversation = Conversation {
            $0.readWriteSecret = Array(row.readWrite.utf8)
            $0.readOnlySecret = Array(row.readOnly.utf8)
        }
        if let given = row.given {
            #expect(try (conversation.refusal(request(.access, value: given)) == nil) == row.isGranted)
        }
        for (verb, isAllowed) in [
            (.get, row.canRead), (.stat, row.canRead), (.getdir, row.canRead), (.walk, row.canRead),
            (.wait, row.canRead), (.set, row.canWrite), (.del, row.canWrite), (.nop, row.canWrite), (.rev, true),
            (.self_, true),
        ] as [(Doozer_Request.Verb, Bool)] {
            let reply = try conversation.ask(request(verb, "/ctl/name", rev: 1, offset: 0))
            let isDenied = reply.refusal?.code == .other && reply.refusal?.detail == "permission denied"
            #expect(isDenied != isAllowed, "\(verb)")
        }
    }

    @Test("is denied before the request is looked at, but an unknown verb is unknown to all")
    func precedence() throws {
        let conversation = Conversation {
            $0.readWriteSecret = [1]
            $0.readOnlySecret = [2]
        }
        #expect(try conversation.refusal(request(.get)) == .other)
        #expect(try conversation.refusal(request(.set, "bad")) == .other)
        #expect(try conversation.refusal(request(nil)) == .unknownVerb)
    }

    @Test("once given is not taken away by a secret that is wrong")
    func kept() throws {
        let conversation = Conversation { $0.readWriteSecret = [1] }
        #expect(try conversation.refusal(request(.access, value: "\u{1}")) == nil)
        #expect(try conversation.refusal(request(.access, value: "wrong")) == .other)
        #expect(try conversation.refusal(request(.nop)) == nil)
    }
}
