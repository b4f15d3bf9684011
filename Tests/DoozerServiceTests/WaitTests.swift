import DoozerProtocol
import DoozerService
import Testing

@Suite("WAIT")
struct WaitTests {
    @Test("is answered by the first change that matches, with what it did")
    func change() throws {
        let conversation = Conversation()
        #expect(conversation.send(request(.wait, "/a/*", tag: 1, rev: 8)).isEmpty)
        #expect(conversation.send(request(.set, "/b", tag: 9, rev: 0)).map(\.tag) == [9])
        let set = conversation.send(request(.set, "/a/x", tag: 9, value: "v", rev: 0))
        #expect(set.map(\.tag) == [9, 1])
        #expect(set[1].path == "/a/x" && set[1].revision == 9 && set[1].text == "v")
        #expect(set[1].flags == ResponseFlags.set)
        #expect(conversation.send(request(.wait, "/a/x", tag: 1, rev: 10)).isEmpty)
        let deleted = conversation.send(request(.del, "/a/x", tag: 9, rev: 9))
        #expect(deleted.map(\.tag) == [9, 1])
        #expect(deleted[1].path == "/a/x" && deleted[1].revision == 10 && deleted[1].text == "")
        #expect(deleted[1].flags == ResponseFlags.deleted)
    }

    @Test("looks back to its revision first")
    func past() throws {
        let conversation = Conversation()
        for value in ["1", "2", "3"] { _ = conversation.send(request(.set, "/a", value: value, rev: -1)) }
        #expect(try conversation.ask(request(.wait, "/a", rev: 1)).text == "1")
        #expect(try conversation.ask(request(.wait, "/a", rev: 9)).text == "2")
        #expect(try conversation.ask(request(.wait, "/**", rev: 10)).text == "3")
        #expect(conversation.send(request(.wait, "/a", rev: 11)).isEmpty)
    }

    @Test("of a revision to come leaves out the changes before it")
    func future() throws {
        let conversation = Conversation()
        #expect(conversation.send(request(.wait, "/a", tag: 1, rev: 9)).isEmpty)
        #expect(conversation.send(request(.set, "/a", tag: 9, value: "8", rev: -1)).map(\.tag) == [9])
        let replies = conversation.send(request(.set, "/a", tag: 9, value: "9", rev: -1))
        #expect(replies.map(\.tag) == [9, 1] && replies[1].revision == 9)
    }

    @Test("sees a NOP as a change of nothing at the root")
    func nop() throws {
        let conversation = Conversation()
        #expect(conversation.send(request(.wait, "/a/**", tag: 1, rev: 8)).isEmpty)
        #expect(conversation.send(request(.wait, "/**", tag: 2, rev: 8)).isEmpty)
        let replies = conversation.send(request(.nop, tag: 9))
        #expect(replies.map(\.tag) == [9, 2] && replies[1].path == "/" && replies[1].flags == 0)
    }

    @Test("does not hear of a write that was refused")
    func refusedWrite() throws {
        let conversation = Conversation()
        #expect(conversation.send(request(.wait, "/**", tag: 1, rev: 8)).isEmpty)
        #expect(try conversation.refusal(request(.set, "/ctl/name", tag: 9, rev: 0)) == .revMismatch)
        #expect(conversation.service.outstandingCount == 1)
    }

    @Test("of ten thousand is answered by one change, to each client in the order it asked")
    func many() throws {
        let writer = Conversation()
        let clients = (0..<100).map { _ in Conversation(writer.service) }
        for client in clients {
            for tag in 0..<100 as Range<Int32> {
                let pattern = tag % 2 == 0 ? "/lock" : "/l*"
                #expect(client.send(request(.wait, pattern, tag: tag, rev: 8)).isEmpty)
            }
        }
        #expect(writer.service.outstandingCount == 10_000)
        #expect(writer.send(request(.set, "/lock", rev: 0)).count == 1)
        for client in clients { #expect(client.received().map(\.tag) == Array(0..<100)) }
        #expect(writer.service.outstandingCount == 0)
    }
}
