import Glibc
import ImageRegistry
import NIOHTTP1
import OCI
import RegistryProtocol
import ScriptedRegistry
import Synchronization
import Testing

/// A registry that is a cache of another one.
@Suite("A pull-through cache", .timeLimit(.minutes(5)))
struct CacheTests {
    private let layer = Digest(of: Array("layer".utf8))

    @Test("fetches a blob once, however many ask for it at once")
    func once() async throws {
        try await withRegistry { [layer] upstream in
            let (bytes, digest) = try await upstream.putImage("team/app", "1")
            try await withRegistry({
                $0.upstreams = [ServeConfiguration.Upstream(name: "up.example", url: upstream.address)]
            }) { cache in
                let got = try await cache.send(.GET, "/v2/up.example/team/app/manifests/1")
                #expect(got.body == bytes)
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await cache.send(.GET, "/v2/up.example/team/app/blobs/\(layer)").text == "layer"
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
                #expect(upstream.log.count("GET /v2/team/app/blobs/\(layer)") == 1)
                #expect(try await cache.send(.GET, "/v2/up.example/team/app/manifests/\(digest)").body == bytes)
                #expect(upstream.log.count("GET /v2/team/app/manifests/") == 1)
                #expect(try await cache.send(.POST, "/v2/up.example/team/app/blobs/uploads/").status == 405)
                #expect(try await cache.send(.GET, "/v2/up.example/team/app/manifests/2").status == 404)
            }
        }
    }

    @Test("asks again for a tag whose lifetime is over")
    func tagLifetime() async throws {
        try await withRegistry { upstream in
            let (bytes, _) = try await upstream.putImage("x", "1")
            try await withRegistry({
                $0.upstreams = [ServeConfiguration.Upstream(name: "up.example", url: upstream.address)]
                $0.tagLifetime = 0
            }) { cache in
                #expect(try await cache.send(.GET, "/v2/up.example/x/manifests/1").body == bytes)
                // Without the lifetime every request asks; what is not there any more is not given out.
                _ = try await upstream.send(.DELETE, "/v2/x/manifests/1")
                #expect(try await cache.send(.GET, "/v2/up.example/x/manifests/1").status == 404)
            }
        }
    }

    /// What an upstream does instead of answering honestly.
    private enum Mood: Sendable { case honest, gone, lying }

    private final class Upstream: Sendable {
        let mood = Mutex(Mood.honest)
        func become(_ new: Mood) { mood.withLock { $0 = new } }

        func answer(_ request: ScriptedRegistry.Request, lie: [UInt8]) -> ScriptedRegistry.Answer? {
            switch mood.withLock({ $0 }) {
            case .honest: nil
            // Longer than anybody waits: an answer at once.
            case .gone: .reply(503, ["Retry-After": "86400"])
            case .lying: request.path.contains("/blobs/") ? .reply(200, [:], lie) : nil
            }
        }
    }

    @Test("gives out the copy of a tag where the upstream does not answer, and nothing that it has not")
    func upstreamGone() async throws {
        let (upstream, image) = (Upstream(), try ScriptedImage())
        let registry = try image.serve { upstream.answer($0, lie: []) }
        try await withRegistry({
            $0.upstreams = [ServeConfiguration.Upstream(name: "up", url: "http://\(registry.host)")]
            $0.tagLifetime = 0
        }) { cache in
            let first = try await cache.send(.GET, "/v2/up/team/app/manifests/1")
            #expect(first.status == 200)
            upstream.become(.gone)
            let second = try await cache.send(.GET, "/v2/up/team/app/manifests/1")
            #expect(second.body == first.body)
            #expect(cache.log.text.contains("the copy that is here is given out"))
            #expect(try await cache.send(.GET, "/v2/up/team/app/manifests/2").status == 504)
        }
    }

    @Test("keeps nothing of a blob that is not what its digest says, and fetches it again")
    func lyingUpstream() async throws {
        let (upstream, image) = (Upstream(), try ScriptedImage())
        var lie = image.layer
        lie[600] ^= 1
        let other = lie
        let registry = try image.serve { upstream.answer($0, lie: other) }
        let digest = Digest(of: image.layer)
        try await withRegistry({
            $0.upstreams = [ServeConfiguration.Upstream(name: "up", url: "http://\(registry.host)")]
        }) { cache in
            let manifest = try await cache.send(.GET, "/v2/up/team/app/manifests/1")
            #expect(manifest.status == 200)
            upstream.become(.lying)
            do {
                let answer = try await cache.send(.GET, "/v2/up/team/app/blobs/\(digest)")
                // Given out while it came: the receiver checks it, as every client does.
                #expect(answer.body == other || answer.status != 200)
            } catch {
                // Or the connection was cut when it turned out.
            }
            let path = cache.root + "/blobs/sha256/\(digest.hex)"
            #expect(access(path, F_OK) != 0)
            upstream.become(.honest)
            let blob = try await cache.send(.GET, "/v2/up/team/app/blobs/\(digest)")
            #expect(blob.body == image.layer)
            #expect(access(path, F_OK) == 0)
        }
    }
}
