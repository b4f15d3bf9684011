import DoozerProtocol
import Testing

@Suite("Connections")
struct ConnectionTests {
    enum Ending: CaseIterable {
        case closed, reset, halfClosed
    }

    @Test("that end within a message or while they wait leave nothing", arguments: Ending.allCases)
    func ending(_ ending: Ending) throws {
        try RunningServer.with { running in
            let writer = try running.client()
            var clients: [RawClient] = []
            for index in 0..<200 as Range<Int32> {
                let client = try running.client()
                let wait = request(.wait, index % 2 == 0 ? "/a" : "/*", rev: 8).framed()
                try client.send(index % 3 == 0 ? Array(wait.dropLast(2)) : wait)
                clients.append(client)
            }
            try running.waitForLoad(connections: 201, outstanding: 133)
            for client in clients {
                switch ending {
                case .closed: break
                case .reset: client.reset()
                case .halfClosed: client.endInput()
                }
            }
            if ending != .halfClosed { clients = [] }
            try running.waitForLoad(connections: 1)
            #expect(try writer.ask(request(.set, "/a", rev: 0)).rev == 8)
        }
    }

    @Test("of a thousand clients that wait are all told of one change")
    func broadcast() throws {
        try RunningServer.with { running in
            let writer = try running.client()
            let clients = try (0..<1000).map { _ in try running.client() }
            for client in clients { try client.send(request(.wait, "/lock", rev: 8).framed()) }
            try running.waitForLoad(connections: 1001, outstanding: 1000)
            #expect(try writer.ask(request(.set, "/lock", value: [9], rev: 0)).rev == 8)
            for client in clients {
                let reply = try client.receive()
                #expect(reply.rev == 8 && Array(reply.value) == [9])
            }
        }
    }

    @Test("whose client does not read are not read from, and hold up nobody else")
    func backpressure() throws {
        try RunningServer.with { running in
            let slow = try running.client()
            let value = [UInt8](repeating: 1, count: 100_000)
            #expect(try slow.ask(request(.set, "/big", value: value, rev: 0)).rev == 8)
            let get = request(.get, "/big").framed()
            let sent = slow.sendUntilFull((0..<1000).flatMap { _ in get })
            // Had the server served them all, it would hold this many bytes of replies by now.
            #expect(sent / get.count * value.count > 1 << 30)
            #expect(try running.client().ask(request(.rev)).rev == 8)
            for _ in 0..<1000 { #expect(try slow.receive().value.count == value.count) }
        }
    }

    @Test("share one order of changes: of two that race for a lock, one gets it")
    func lock() throws {
        try RunningServer.with { running in
            let clients = try (0..<8).map { _ in try running.client() }
            for round in 0..<50 {
                for client in clients { try client.send(request(.set, "/lock/\(round)", rev: 0).framed()) }
                let replies = try clients.map { try $0.receive() }
                #expect(replies.filter { !$0.hasErrCode }.count == 1)
                #expect(replies.filter { $0.errCode == .revMismatch }.count == 7)
            }
        }
    }
}
