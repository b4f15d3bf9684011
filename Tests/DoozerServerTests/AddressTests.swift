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
}
