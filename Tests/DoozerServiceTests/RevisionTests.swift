import DoozerProtocol
import DoozerService
import Testing

@Suite("Reads at a revision")
struct RevisionTests {
    /// A service where `/a` was written by revisions 8 to 12, of which 10 and later are kept.
    private func conversation() throws -> Conversation {
        let conversation = Conversation { $0.history = 3 }
        for value in ["8", "9", "10", "11", "12"] {
            #expect(try conversation.refusal(request(.set, "/a", value: value, rev: -1)) == nil)
        }
        return conversation
    }

    @Test("see the files as they were", arguments: [10, 11, 12])
    func past(revision: Int64) throws {
        let conversation = try conversation()
        #expect(try conversation.ask(request(.get, "/a", rev: revision)).text == "\(revision)")
        #expect(try conversation.ask(request(.stat, "/a", rev: revision)).revision == revision)
        #expect(try conversation.ask(request(.walk, "/a", rev: revision, offset: 0)).revision == revision)
        #expect(try conversation.ask(request(.getdir, "/", rev: revision, offset: 0)).path == "a")
        #expect(try conversation.ask(request(.wait, "/a", rev: revision)).revision == revision)
    }

    @Test("are too late when the history no longer has it", arguments: [9, 1, 0, -1, Int64.min])
    func tooLate(revision: Int64) throws {
        let conversation = try conversation()
        for verb in [.get, .stat, .walk, .getdir, .wait] as [Doozer_Request.Verb] {
            #expect(try conversation.refusal(request(verb, "/a", rev: revision, offset: 0)) == .tooLate, "\(verb)")
        }
    }

    @Test("below 1 mean revision 1 while the history has it", arguments: [0, -1, Int64.min])
    func first(revision: Int64) throws {
        let conversation = Conversation()
        #expect(try conversation.ask(request(.wait, "/ctl/**", rev: revision)).revision == 1)
        #expect(try conversation.ask(request(.get, "/ctl/name", rev: revision)).revision == 1)
        #expect(try conversation.ask(request(.get, "/ctl/cal/0", rev: revision)).revision == 0)
    }

    @Test("of one still to come are answered when it comes, as it is then")
    func future() throws {
        let conversation = try conversation()
        #expect(conversation.send(request(.get, "/a", tag: 1, rev: 14)).isEmpty)
        #expect(conversation.send(request(.stat, "/b", tag: 2, rev: 13)).isEmpty)
        #expect(conversation.send(request(.getdir, "/nowhere", tag: 3, rev: 14, offset: 0)).isEmpty)
        #expect(conversation.send(request(.walk, "/b", tag: 4, rev: 14, offset: 0)).isEmpty)
        let first = conversation.send(request(.set, "/b", tag: 9, value: "13", rev: 0))
        #expect(first.map(\.tag) == [9, 2])
        #expect(first.last?.revision == 13 && first.last?.length == 2)
        let second = conversation.send(request(.set, "/a", tag: 9, value: "14", rev: -1))
        #expect(second.map(\.tag) == [9, 1, 3, 4])
        #expect(second[1].text == "14" && second[2].refusal?.code == .noent && second[3].path == "/b")
        #expect(conversation.service.outstandingCount == 0)
    }

    @Test("that lack a field are refused at once, whatever the revision")
    func missingFields() throws {
        let conversation = try conversation()
        #expect(try conversation.refusal(request(.get, rev: 1000)) == .missingArg)
        #expect(try conversation.refusal(request(.getdir, "/", rev: 1000)) == .missingArg)
        #expect(try conversation.refusal(request(.get, "x", rev: 1000)) == .badPath)
    }
}
