import DoozerClient
import DoozerProtocol
import DoozerServer
import DoozerService
import Testing

@Suite("The client")
struct ClientTests {
    private func withServer(secret: String = "", _ body: (DoozerURI) throws -> Void) throws {
        let address = try #require(ServerAddress("127.0.0.1:0"))
        let server = try Server(Server.Options(address: address) { _ in }) { address in
            var configuration = Configuration(node: "NODE", address: address, hostname: "host", version: "1")
            configuration.readWriteSecret = Array(secret.utf8)
            configuration.readOnlySecret = Array(secret.utf8)
            return configuration
        }
        let result = Result { try body(DoozerURI("doozer:?ca=\(server.address)")) }
        try server.shutdown()
        try result.get()
    }

    @Test("reads, writes, lists, walks and waits")
    func verbs() throws {
        try withServer { uri in
            let client = try Client(uri)
            #expect(try client.set("/a/x", to: [1, 2], ifAtMost: 0) == 8)
            #expect(try client.set("/a/y", to: [3], ifAtMost: 0) == 9)
            let content = try client.get("/a/x")
            #expect(content.body == [1, 2] && content.revision == 8)
            #expect(try client.get("/a/y", at: 8).revision == Revision.missing)
            let status = try client.status("/a")
            #expect(status.revision == Revision.directory && status.length == 2)
            #expect(try client.entry(of: "/a", offset: 1, at: 9) == "y")
            #expect(try client.entry(of: "/a", offset: 1, at: 8) == nil)
            #expect(try client.match(of: "/a/*", offset: 1, at: 9)?.body == [3])
            #expect(try client.match(of: "/a/*", offset: 2, at: 9) == nil)
            try client.delete("/a/x", ifAtMost: 8)
            let event = try client.wait("/a/x", from: 9)
            #expect(event.revision == 10 && event.flags == ResponseFlags.deleted)
            #expect(try client.revision() == 10)
        }
    }

    @Test("says what the server refuses, and goes on")
    func refused() throws {
        try withServer { uri in
            let client = try Client(uri)
            #expect(throws: ClientError.refused(.revMismatch, detail: "", subject: "/ctl/name")) {
                try client.set("/ctl/name", to: [], ifAtMost: 0)
            }
            #expect(throws: ClientError.refused(.isdir, detail: "", subject: "/ctl")) { try client.get("/ctl") }
            #expect(try client.revision() == 7)
        }
    }

    @Test("gives up a wait in time")
    func timeout() throws {
        try withServer { uri in
            let client = try Client(uri)
            #expect(throws: ClientError.timedOut) {
                try client.wait("/never", from: 8, deadline: .now + .milliseconds(50))
            }
        }
    }

    @Test("brings the secret of its URI")
    func secret() throws {
        try withServer(secret: "s") { uri in
            let denied = ClientError.refused(.other, detail: "permission denied", subject: "/ctl/name")
            #expect(throws: denied) { try Client(uri).get("/ctl/name") }
            var uri = uri
            uri.secret = "s"
            let trusted = try Client(uri)
            #expect(try trusted.get("/ctl/name").body == Array("local".utf8))
            uri.secret = "wrong"
            #expect(throws: ClientError.refused(.other, detail: "permission denied", subject: "")) { try Client(uri) }
        }
    }

    @Test("finds a cluster by its name in another, and the first server that can be reached")
    func discovery() throws {
        try withServer { uri in
            let found = try Client(DoozerURI("doozer:?cn=local"), boot: uri)
            #expect(try found.revision() == 7)
            #expect(throws: ClientError.unknownCluster("other")) {
                try Client(DoozerURI("doozer:?cn=other"), boot: uri)
            }
            #expect(throws: ClientError.noBootCluster(cluster: "local")) { try Client(DoozerURI("doozer:?cn=local")) }
            var uri = uri
            uri.addresses.insert(DoozerURI.Address(host: "127.0.0.1", port: 1), at: 0)
            let second = try Client(uri)
            #expect(try second.revision() == 7)
        }
    }

    @Test("says where there is no server")
    func unreachable() throws {
        let expected = ClientError.unreachable("127.0.0.1:1", reason: "Connection refused")
        #expect(throws: expected) { try Client(DoozerURI("doozer:?ca=127.0.0.1:1")) }
    }
}
