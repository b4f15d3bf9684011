import DoozerClient
import Testing

@Suite("A Doozer URI")
struct URITests {
    @Test("names servers, in order")
    func addresses() throws {
        let uri = try DoozerURI("doozer:?un=X&ca=127.0.0.1:8046&ca=doozerd&ca=[::1]:1&ca=%5B::1%5D&sk=a%20b+c%3d")
        #expect(uri.addresses.map(\.description) == ["127.0.0.1:8046", "doozerd:8046", "[::1]:1", "[::1]:8046"])
        #expect(uri.secret == "a b c=" && uri.cluster == nil)
    }

    @Test("names a cluster")
    func cluster() throws {
        #expect(try DoozerURI("doozer:?cn=local").cluster == "local")
    }

    @Test(
        "that is wrong is refused, and says why",
        arguments: [
            ("", "does not begin"), ("127.0.0.1:8046", "does not begin"), ("doozer:", "does not begin"),
            ("doozer:?", "neither"), ("doozer:?sk=a", "neither"), ("doozer:?ca", "NAME=VALUE"),
            ("doozer:?ca=%4", "NAME=VALUE"), ("doozer:?ca=%ff", "NAME=VALUE"), ("doozer:?ca=:1", "HOST:PORT"),
            ("doozer:?ca=h:0", "HOST:PORT"), ("doozer:?ca=h:99999", "HOST:PORT"), ("doozer:?ca=::1", "HOST:PORT"),
            ("doozer:?ca=[::1", "HOST:PORT"),
        ])
    func refused(text: String, reason: String) {
        #expect {
            try DoozerURI(text)
        } throws: { error in
            "\(error)".contains(reason)
        }
    }
}
