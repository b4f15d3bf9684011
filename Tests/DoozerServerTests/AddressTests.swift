import DoozerServer
import Testing

@Suite("A listening address")
struct AddressTests {
    @Test(
        "is HOST:PORT",
        arguments: [
            ("127.0.0.1:8046", "127.0.0.1", 8046), (":8046", "", 8046), ("[::1]:0", "::1", 0),
            ("localhost:65535", "localhost", 65535),
        ])
    func accepted(text: String, host: String, port: Int) throws {
        let address = try #require(ServerAddress(text))
        #expect(address.host == host && address.port == port)
    }

    @Test("is nothing else", arguments: ["", "8046", "127.0.0.1", "a:", "a:x", "a:65536", "a:-1", "::1:8046"])
    func rejected(text: String) {
        #expect(ServerAddress(text) == nil)
    }

    @Test("that is taken or unknown is said to be so")
    func refused() throws {
        try RunningServer.with { running in
            let taken = try #require(ServerAddress(running.server.address))
            #expect {
                try RunningServer { $0.address = taken }
            } throws: { error in
                "\(error)" == "cannot listen on 127.0.0.1, port \(taken.port): Address already in use"
            }
        }
        let unknown = try #require(ServerAddress("no.such.host.invalid:0"))
        #expect(throws: ListenError.self) { try RunningServer { $0.address = unknown } }
    }
}
