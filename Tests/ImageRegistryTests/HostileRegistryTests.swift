import ImageRegistry
import OCI
import RegistryProtocol
import ScriptedRegistry
import Testing

/// What a registry may answer to do harm: each ends in one message, within a bound of time.
@Suite("A hostile registry", .timeLimit(.minutes(5)))
struct HostileRegistryTests {
    private let content = Array("the content of a layer".utf8)

    private func blobFailure(_ registry: ScriptedRegistry, size: Int64? = nil) async throws -> RegistryError? {
        let sink = Sink()
        return try await failure(try client(of: registry)) { client in
            try await client.blob(
                repository: "a/b", digest: Digest(of: content), size: size ?? Int64(content.count)
            ) { sink.take($0) }
        }
    }

    private func manifestFailure(_ registry: ScriptedRegistry, reference: String = "latest") async throws
        -> RegistryError?
    {
        try await failure(try client(of: registry)) {
            _ = try await $0.manifest(repository: "a/b", reference: reference)
        }
    }

    @Test("other content than the digest says is refused")
    func wrongDigest() async throws {
        let other = Array("the content of a Layer".utf8)
        let registry = try ScriptedRegistry { _ in .reply(200, [:], other) }
        let error = try await blobFailure(registry)
        #expect(error?.kind == .digestMismatch)
        #expect(error?.message.contains(Digest(of: other).description) == true)
    }

    @Test("a body that does not end is cut off at the size that the manifest gives")
    func endlessBody() async throws {
        let registry = try ScriptedRegistry { _ in
            .endless(head: ScriptedRegistry.head(200, [:], length: nil), [UInt8](repeating: 1, count: 4096))
        }
        #expect(try await blobFailure(registry)?.kind == .limitExceeded)
    }

    @Test("a manifest is not read beyond 4 MiB", arguments: [true, false])
    func hugeManifest(saysSo: Bool) async throws {
        let registry = try ScriptedRegistry { _ in
            .endless(
                head: ScriptedRegistry.head(
                    200, ["Content-Type": MediaType.manifest], length: saysSo ? 1 << 40 : nil),
                [UInt8](repeating: 0x20, count: 64 << 10))
        }
        let error = try await manifestFailure(registry)
        #expect(error?.kind == .limitExceeded, "\(String(describing: error))")
        #expect(error?.message.contains("4096 KiB") == true)
    }

    @Test("redirects in a circle end")
    func redirectLoop() async throws {
        let registry = try ScriptedRegistry { request in .reply(307, ["Location": request.path]) }
        let error = try await blobFailure(registry)
        #expect(error?.kind == .answerInvalid)
        #expect(error?.message.contains("redirects") == true)
        #expect(registry.requests.count == 6)
    }

    @Test("a page of HTML is no manifest")
    func html() async throws {
        let registry = try ScriptedRegistry { _ in
            .reply(200, ["Content-Type": "text/html; charset=utf-8"], Array("<html>log in</html>".utf8))
        }
        let error = try await manifestFailure(registry)
        #expect(error?.kind == .answerInvalid)
        #expect(error?.message.contains("text/html") == true)
        #expect(error?.remedy?.contains("login page") == true)
    }

    @Test("a manifest of schema 1 is refused by name", arguments: [true, false])
    func schema1(byType: Bool) async throws {
        let type = byType ? "application/vnd.docker.distribution.manifest.v1+prettyjws" : "application/json"
        let registry = try ScriptedRegistry { _ in
            .reply(200, ["Content-Type": type], Array(#"{"schemaVersion": 1, "fsLayers": []}"#.utf8))
        }
        let error = try await manifestFailure(registry)
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains("schema 1") == true)
    }

    @Test("a manifest that is asked for by digest must have it")
    func manifestOfOtherDigest() async throws {
        let registry = try ScriptedRegistry { _ in
            .reply(200, ["Content-Type": MediaType.manifest], Array(manifestText.utf8))
        }
        let wanted = Digest(of: content).description
        #expect(try await manifestFailure(registry, reference: wanted)?.kind == .digestMismatch)
    }

    @Test("a length that is a lie brings neither more nor less than the blob", arguments: [5, 23, 1 << 40])
    func lyingLength(length: Int) async throws {
        let content = content
        let registry = try ScriptedRegistry { _ in
            .raw(ScriptedRegistry.head(200, ["Content-Length": "\(length)"], length: nil) + content)
        }
        let sink = Sink()
        let error = try await failure(try client(of: registry)) {
            try await $0.blob(repository: "a/b", digest: Digest(of: content), size: Int64(content.count)) {
                sink.take($0)
            }
        }
        if length < content.count {
            #expect(error?.message.contains("has 5 bytes of blob") == true)
        } else {
            // The connection broke when everything was there.
            #expect(error == nil)
            #expect(sink.bytes == content)
        }
    }

    @Test("what is no HTTP ends in an error")
    func noHTTP() async throws {
        let registry = try ScriptedRegistry { _ in .raw(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)) }
        #expect(try await manifestFailure(registry) != nil)
    }

    @Test("another part than the one that was asked for is refused")
    func wrongRange() async throws {
        let content = content
        let registry = try ScriptedRegistry { _ in
            .reply(206, ["Content-Range": "bytes 0-9/22"], Array(content[..<10]))
        }
        let error = try await failure(try client(of: registry)) { client in
            try await client.blob(repository: "a/b", digest: Digest(of: content), size: 22, offset: 5) { _ in }
        }
        #expect(error?.kind == .answerInvalid)
    }

    @Test("control characters of an error's text do not reach the terminal")
    func controlCharacters() async throws {
        let body = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"\\u001b[2Jpaid plan only\"}]}"
        let registry = try ScriptedRegistry { _ in .reply(403, ["Content-Type": "application/json"], Array(body.utf8)) }
        let error = try await manifestFailure(registry)
        #expect(error?.kind == .denied)
        #expect(error?.message.contains("paid plan only") == true)
        #expect(error?.message.contains("\u{1b}") == false)
    }

    @Test("a list of names that does not end is cut off")
    func endlessCatalog() async throws {
        let registry = try ScriptedRegistry { _ in
            .reply(200, ["Link": "</v2/_catalog?n=1>; rel=\"next\""], Array(#"{"repositories":[]}"#.utf8))
        }
        let error = try await failure(try client(of: registry)) { _ = try await $0.catalog() }
        #expect(error?.kind == .limitExceeded)
    }

    @Test("a list does not go on at another host")
    func foreignCatalog() async throws {
        let registry = try ScriptedRegistry { _ in
            .reply(
                200, ["Link": "<http://127.0.0.2/v2/_catalog?n=1>; rel=\"next\""],
                Array(#"{"repositories":["a"]}"#.utf8))
        }
        let error = try await failure(try client(of: registry)) { _ = try await $0.catalog() }
        #expect(error?.kind == .answerInvalid)
    }
}
