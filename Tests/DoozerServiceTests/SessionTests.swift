import DoozerProtocol
import DoozerService
import Testing

@Suite("A connection")
struct SessionTests {
    @Test("may use a tag again only when its request is answered")
    func tagInUse() throws {
        let conversation = Conversation()
        #expect(conversation.send(request(.wait, "/a", tag: 5, rev: 8)).isEmpty)
        let refused = try conversation.ask(request(.rev, tag: 5))
        #expect(refused.refusal?.code == .tagInUse && refused.tag == 5)
        #expect(try conversation.refusal(request(.rev, tag: 6)) == nil)
        let replies = conversation.send(request(.set, "/a", tag: 6, rev: 0))
        #expect(replies.map(\.tag) == [6, 5])
        #expect(try conversation.refusal(request(.rev, tag: 5)) == nil)
    }

    @Test("has tags of its own")
    func tagsApart() throws {
        let one = Conversation()
        let other = Conversation(one.service)
        #expect(one.send(request(.wait, "/a", tag: 5, rev: 8)).isEmpty)
        #expect(try other.refusal(request(.rev, tag: 5)) == nil)
    }

    @Test("takes with it what it waits for")
    func close() throws {
        let one = Conversation()
        let other = Conversation(one.service)
        for tag in 0..<10 as Range<Int32> {
            #expect(other.send(request(.wait, tag % 2 == 0 ? "/a" : "/*", tag: tag, rev: 8)).isEmpty)
            #expect(other.send(request(.get, "/a", tag: 10 + tag, rev: 8)).isEmpty)
        }
        #expect(one.service.outstandingCount == 20)
        other.service.close(other.session)
        #expect(one.service.outstandingCount == 0)
        #expect(one.service.sessionCount == 1)
        #expect(one.send(request(.set, "/a", rev: 0)).count == 1)
        #expect(other.received().isEmpty)
    }

    @Test("may have only so many requests outstanding; the next is refused, the others stay")
    func outstandingLimit() throws {
        let conversation = Conversation { $0.maximumOutstanding = 2 }
        #expect(conversation.send(request(.wait, "/a", tag: 1, rev: 8)).isEmpty)
        #expect(conversation.send(request(.get, "/a", tag: 2, rev: 9)).isEmpty)
        for refused in [request(.wait, "/a", tag: 3, rev: 8), request(.get, "/a", tag: 3, rev: 9)] {
            let refusal = try conversation.ask(refused).refusal
            #expect(refusal?.code == .other && refusal?.detail == "more than 2 outstanding requests")
        }
        #expect(conversation.send(request(.set, "/a", tag: 3, rev: 0)).map(\.tag) == [3, 1])
        #expect(conversation.send(request(.wait, "/b", tag: 3, rev: 8)).isEmpty)
    }
}
