import ImageRegistry
import NIOHTTP1
import OCI
import RegistryProtocol
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
}
