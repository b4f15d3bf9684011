import Glibc
import ImageRegistry
import LinuxKernel
import OCI
import RegistryProtocol
import ScriptedRegistry
import Testing

/// To whom credentials are sent, and to whom not.
@Suite("Credentials", .timeLimit(.minutes(5)))
struct CredentialRuleTests {
    private static let credential = Credential.password(username: "me", password: "secret")
    /// `me:secret`
    private static let basic = "Basic bWU6c2VjcmV0"

    private static func manifest() -> ScriptedRegistry.Answer {
        .reply(200, ["Content-Type": MediaType.manifest], Array(manifestText.utf8))
    }

    @Test("are sent to the registry that asks for them, and not before")
    func basic() async throws {
        let registry = try ScriptedRegistry { request in
            request.headers["authorization"] == Self.basic
                ? Self.manifest() : .reply(401, ["WWW-Authenticate": "Basic realm=\"x\""])
        }
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error == nil)
        #expect(registry.requests.first?.headers["authorization"] == nil)
    }

    @Test("are exchanged for a token with the scope of the work, which then is used again")
    func bearer() async throws {
        let registry = try ScriptedRegistry { request in
            if request.path.hasPrefix("/token") {
                return .reply(200, [:], Array(#"{"token":"t0k3n","expires_in":300}"#.utf8))
            }
            let realm = "Bearer realm=\"http://\(request.headers["host"] ?? "")/token\",service=\"s v\""
            return request.headers["authorization"] == "Bearer t0k3n"
                ? Self.manifest() : .reply(401, ["WWW-Authenticate": realm])
        }
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            _ = try await $0.manifest(repository: "a/b", reference: "1")
            _ = try await $0.manifest(repository: "a/b", reference: "2")
        }
        #expect(error == nil)
        let tokens = registry.requests.filter { $0.path.hasPrefix("/token") }
        #expect(tokens.count == 1)
        #expect(tokens.first?.path.contains("scope=repository:a/b:pull") == true)
        #expect(tokens.first?.headers["authorization"] == Self.basic)
    }

    @Test("are not sent to a token server that does not belong to the registry")
    func foreignRealm() async throws {
        let stranger = try ScriptedRegistry { _ in .reply(200, [:], Array(#"{"token":"t"}"#.utf8)) }
        let port = stranger.port
        let registry = try ScriptedRegistry { _ in
            .reply(401, ["WWW-Authenticate": "Bearer realm=\"http://localhost:\(port)/token\",service=\"s\""])
        }
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error?.kind == .unauthorized)
        #expect(error?.remedy?.contains("token-servers") == true)
        #expect(stranger.requests.isEmpty)
    }

    @Test("are sent there where the settings name it")
    func namedRealm() async throws {
        let server = try ScriptedRegistry { _ in .reply(200, [:], Array(#"{"access_token":"t"}"#.utf8)) }
        let port = server.port
        let registry = try ScriptedRegistry { request in
            request.headers["authorization"] == "Bearer t"
                ? Self.manifest() : .reply(401, ["WWW-Authenticate": "Bearer realm=\"http://localhost:\(port)/token\""])
        }
        var entry = RegistrySettings.Entry()
        entry.tokenServers = ["localhost"]
        let settings = entry
        let made = try client(
            of: registry, credential: Self.credential, change: { $0.settings.entries[registry.host] = settings })
        let error = try await failure(made) { _ = try await $0.manifest(repository: "a/b", reference: "latest") }
        #expect(error == nil)
        #expect(server.requests.first?.headers["authorization"] == Self.basic)
    }

    @Test("do not follow a redirect to another host")
    func redirect() async throws {
        let content = Array("blob".utf8)
        let other = try ScriptedRegistry { _ in .reply(200, [:], content) }
        let port = other.port
        let registry = try ScriptedRegistry { request in
            request.headers["authorization"] == Self.basic
                ? .reply(307, ["Location": "http://localhost:\(port)/storage/blob"])
                : .reply(401, ["WWW-Authenticate": "Basic realm=\"x\""])
        }
        let sink = Sink()
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            try await $0.blob(repository: "a/b", digest: Digest(of: content), size: 4) { sink.take($0) }
        }
        #expect(error == nil)
        #expect(sink.bytes == content)
        #expect(other.requests.map { $0.headers["authorization"] } == [nil])
    }

    @Test("do not follow an upload to another host, not even where that asks for them")
    func uploadElsewhere() async throws {
        let other = try ScriptedRegistry { _ in .reply(401, ["WWW-Authenticate": "Basic realm=\"x\""]) }
        let port = other.port
        let registry = try ScriptedRegistry { request in
            guard request.headers["authorization"] == Self.basic else {
                return .reply(401, ["WWW-Authenticate": "Basic realm=\"x\""])
            }
            return request.method == "HEAD"
                ? .reply(404) : .reply(202, ["Location": "http://localhost:\(port)/upload?session=1"])
        }
        let file = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        let number = file.rawValue
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            _ = try await $0.upload(
                repository: "a/b", digest: Digest(of: [UInt8]()), size: 0, file: number, from: [], progress: { _ in })
        }
        #expect(error?.kind == .unauthorized)
        #expect(other.requests.map(\.method) == ["PUT"])
        #expect(other.requests.map { $0.headers["authorization"] } == [nil])
    }

    @Test("do not follow a redirect of a token server to another host")
    func tokenRedirect() async throws {
        let stranger = try ScriptedRegistry { _ in .reply(200, [:], Array(#"{"token":"t"}"#.utf8)) }
        let port = stranger.port
        let registry = try ScriptedRegistry { request in
            let host = request.headers["host"] ?? ""
            if request.path.hasPrefix("/token") {
                return .reply(307, ["Location": "http://localhost:\(port)/token"])
            }
            return request.headers["authorization"] == "Bearer t"
                ? Self.manifest() : .reply(401, ["WWW-Authenticate": "Bearer realm=\"http://\(host)/token\""])
        }
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error == nil)
        #expect(stranger.requests.map { $0.headers["authorization"] } == [nil])
    }

    @Test("that are not taken end in one request more, with the way to mend it")
    func rejected() async throws {
        let registry = try ScriptedRegistry { _ in .reply(401, ["WWW-Authenticate": "Basic realm=\"x\""]) }
        let error = try await failure(try client(of: registry, credential: Self.credential)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error?.kind == .unauthorized)
        #expect(error?.remedy == "log in with 'harness login \(registry.host)'")
        #expect(registry.requests.count == 2)
    }

    @Test("of another identity: a refresh token is exchanged by POST")
    func identityToken() async throws {
        let registry = try ScriptedRegistry { request in
            if request.path == "/token" {
                return request.method == "POST" ? .reply(200, [:], Array(#"{"access_token":"t"}"#.utf8)) : .reply(405)
            }
            let realm = "Bearer realm=\"http://\(request.headers["host"] ?? "")/token\",service=\"s\""
            return request.headers["authorization"] == "Bearer t"
                ? Self.manifest() : .reply(401, ["WWW-Authenticate": realm])
        }
        let error = try await failure(try client(of: registry, credential: .identityToken("r"))) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error == nil)
    }
}
