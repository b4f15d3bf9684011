import Foundation
import NIOHTTP1
import OCI
import RegistryProtocol
import Testing

@testable import RegistryServer

/// The interface of the OCI distribution specification 1.1, as a client sees it.
@Suite("The distribution interface", .timeLimit(.minutes(5)))
struct DistributionTests {
    private let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }

    @Test("a blob is put whole, in one request, and read in full, in part and by its head")
    func monolithic() async throws {
        try await withRegistry { [content] registry in
            let digest = Digest(of: content)
            let put = try await registry.send(.POST, "/v2/a/b/blobs/uploads/?digest=\(digest)", body: content)
            #expect(put.status == 201)
            #expect(put.headers.first(name: "location") == "/v2/a/b/blobs/\(digest)")
            let path = "/v2/a/b/blobs/\(digest)"
            #expect(try await registry.send(.GET, path).body == content)
            let head = try await registry.send(.HEAD, path)
            #expect(head.status == 200)
            #expect(head.headers.first(name: "content-length") == "100000")
            #expect(head.headers.first(name: "docker-content-digest") == digest.description)
            let part = try await registry.send(.GET, path, [("range", "bytes=99990-")])
            #expect(part.status == 206)
            #expect(part.headers.first(name: "content-range") == "bytes 99990-99999/100000")
            #expect(part.body == Array(content[99990...]))
            #expect(try await registry.send(.GET, path, [("range", "bytes=100000-")]).status == 416)
            #expect(try await registry.send(.GET, "/v2/other/blobs/\(digest)").status == 404)
        }
    }

    @Test("a blob comes in chunks, which must follow each other")
    func chunked() async throws {
        try await withRegistry { [content] registry in
            let begun = try await registry.send(.POST, "/v2/a/blobs/uploads/")
            #expect(begun.status == 202)
            let place = begun.headers.first(name: "location") ?? ""
            let first = try await registry.send(
                .PATCH, place, [("content-range", "0-59999")], body: Array(content[..<60_000]))
            #expect(first.status == 202)
            #expect(first.headers.first(name: "range") == "0-59999")
            let gap = try await registry.send(.PATCH, place, [("content-range", "70000-70000")], body: [1])
            #expect(gap.status == 416)
            let asked = try await registry.send(.GET, place)
            #expect(asked.status == 204)
            #expect(asked.headers.first(name: "range") == "0-59999")
            let end = try await registry.send(
                .PUT, "\(place)?digest=\(Digest(of: content))", [("content-range", "60000-99999")],
                body: Array(content[60_000...]))
            #expect(end.status == 201)
            #expect(try await registry.send(.GET, "/v2/a/blobs/\(Digest(of: content))").body == content)
            #expect(try await registry.send(.GET, place).status == 404)
        }
    }

    @Test("an upload with another digest, or that is given up, leaves nothing")
    func failedUpload() async throws {
        try await withRegistry { [content] registry in
            let other = Digest(of: [1])
            let wrong = try await registry.send(.POST, "/v2/a/blobs/uploads/?digest=\(other)", body: content)
            #expect(wrong.status == 400)
            #expect(wrong.text.contains("DIGEST_INVALID"))
            let begun = try await registry.send(.POST, "/v2/a/blobs/uploads/")
            let place = begun.headers.first(name: "location") ?? ""
            #expect(try await registry.send(.DELETE, place).status == 204)
            #expect(try await registry.send(.GET, place).status == 404)
            #expect(try FileManager.default.contentsOfDirectory(atPath: registry.root + "/uploads").isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: registry.root + "/blobs/sha256").isEmpty)
        }
    }

    @Test("a blob is mounted from another repository without being sent")
    func mount() async throws {
        try await withRegistry { [content] registry in
            let digest = try await registry.putBlob(content, in: "a/b")
            let mounted = try await registry.send(.POST, "/v2/c/blobs/uploads/?mount=\(digest)&from=a/b")
            #expect(mounted.status == 201)
            #expect(try await registry.send(.HEAD, "/v2/c/blobs/\(digest)").status == 200)
            let unknown = try await registry.send(.POST, "/v2/d/blobs/uploads/?mount=\(digest)&from=nobody")
            #expect(unknown.status == 202)
        }
    }

    @Test("a manifest is put under a tag and found by tag and digest, byte for byte")
    func manifest() async throws {
        try await withRegistry { registry in
            let (bytes, digest) = try await registry.putImage("a/b", "1.0")
            for name in ["1.0", digest.description] {
                let got = try await registry.send(.GET, "/v2/a/b/manifests/\(name)")
                #expect(got.status == 200)
                #expect(got.body == bytes)
                #expect(got.headers.first(name: "content-type") == MediaType.manifest)
                #expect(got.headers.first(name: "docker-content-digest") == digest.description)
            }
            #expect(
                try await registry.send(.HEAD, "/v2/a/b/manifests/1.0").headers.first(name: "content-length")
                    == "\(bytes.count)")
            #expect(try await registry.send(.GET, "/v2/a/b/manifests/2.0").status == 404)
        }
    }

    @Test("a manifest is refused whose parts are missing, whose type differs, or that is none")
    func refusedManifests() async throws {
        try await withRegistry { registry in
            let (bytes, _) = try await registry.putImage("a", "1")
            func put(_ repository: String, _ reference: String, _ type: String, _ body: [UInt8]) async throws -> String
            {
                let answer = try await registry.send(
                    .PUT, "/v2/\(repository)/manifests/\(reference)", [("content-type", type)], body: body)
                return "\(answer.status) \(answer.text)"
            }
            #expect(try await put("elsewhere", "1", MediaType.manifest, bytes).contains("MANIFEST_BLOB_UNKNOWN"))
            #expect(try await put("a", "2", MediaType.dockerManifest, bytes).contains("MANIFEST_INVALID"))
            #expect(try await put("a", "2", MediaType.manifest, Array("<html>".utf8)).contains("MANIFEST_INVALID"))
            #expect(try await put("a", "2", "text/html", bytes).contains("MANIFEST_INVALID"))
            #expect(
                try await put("a", Digest(of: [1]).description, MediaType.manifest, bytes).contains("DIGEST_INVALID"))
            let huge = [UInt8](repeating: 0x20, count: (4 << 20) + 1)
            #expect(try await put("a", "2", MediaType.manifest, huge).hasPrefix("413"))
            #expect(try await registry.send(.GET, "/v2/a/manifests/2").status == 404)
        }
    }

    @Test("tags and repositories are listed page by page")
    func lists() async throws {
        try await withRegistry { registry in
            for tag in ["c", "a", "b"] { try await registry.putImage("r/x", tag) }
            try await registry.putImage("r", "1")
            let all = try await registry.send(.GET, "/v2/r/x/tags/list")
            #expect(all.text == #"{"name":"r/x","tags":["a","b","c"]}"#)
            let first = try await registry.send(.GET, "/v2/r/x/tags/list?n=2")
            #expect(first.text == #"{"name":"r/x","tags":["a","b"]}"#)
            #expect(first.headers.first(name: "link") == "</v2/r/x/tags/list?last=b&n=2>; rel=\"next\"")
            let second = try await registry.send(.GET, "/v2/r/x/tags/list?last=b&n=2")
            #expect(second.text == #"{"name":"r/x","tags":["c"]}"#)
            #expect(second.headers.first(name: "link") == nil)
            #expect(try await registry.send(.GET, "/v2/_catalog").text == #"{"repositories":["r","r/x"]}"#)
            #expect(try await registry.send(.GET, "/v2/_catalog?last=r").text == #"{"repositories":["r/x"]}"#)
            #expect(try await registry.send(.GET, "/v2/nothing/tags/list").status == 404)
        }
    }

    @Test("what refers to a manifest is listed, by kind where that is asked for")
    func referrers() async throws {
        try await withRegistry { registry in
            let (_, subject) = try await registry.putImage("a", "image")
            let (_, signature) = try await registry.putImage("a", "signature", subject: subject)
            let list = try await registry.send(.GET, "/v2/a/referrers/\(subject)")
            #expect(list.status == 200)
            #expect(list.headers.first(name: "content-type") == MediaType.index)
            #expect(list.text.contains(signature.description))
            #expect(list.text.contains("\"artifactType\":\"application/x\""))
            let filtered = try await registry.send(.GET, "/v2/a/referrers/\(subject)?artifactType=application/y")
            #expect(filtered.headers.first(name: "oci-filters-applied") == "artifactType")
            #expect(!filtered.text.contains(signature.description))
            #expect(try await registry.send(.GET, "/v2/a/referrers/\(signature)").text.contains("\"manifests\":[]"))
        }
    }

    @Test("tags, manifests and blobs are deleted")
    func deletion() async throws {
        try await withRegistry { registry in
            let (_, digest) = try await registry.putImage("a", "1")
            try await registry.putImage("a", "2")
            #expect(try await registry.send(.DELETE, "/v2/a/manifests/2").status == 202)
            #expect(try await registry.send(.GET, "/v2/a/manifests/2").status == 404)
            #expect(try await registry.send(.DELETE, "/v2/a/manifests/\(digest)").status == 202)
            #expect(try await registry.send(.GET, "/v2/a/manifests/1").status == 404)
            #expect(try await registry.send(.DELETE, "/v2/a/manifests/\(digest)").status == 404)
            let layer = Digest(of: Array("layer".utf8))
            #expect(try await registry.send(.DELETE, "/v2/a/blobs/\(layer)").status == 202)
            #expect(try await registry.send(.HEAD, "/v2/a/blobs/\(layer)").status == 404)
        }
    }

    @Test("a registry that can only be read takes and deletes nothing")
    func readOnly() async throws {
        try await withRegistry({ $0.isReadOnly = true }) { [content] registry in
            let upload = try await registry.send(.POST, "/v2/a/blobs/uploads/")
            #expect(upload.status == 405)
            let manifest = try await registry.send(.PUT, "/v2/a/manifests/1", body: content)
            #expect(manifest.status == 405)
            let removal = try await registry.send(.DELETE, "/v2/a/manifests/1")
            #expect(removal.status == 405)
            let base = try await registry.send(.GET, "/v2/")
            #expect(base.status == 200)
        }
    }

    @Test("more uploads, or larger ones, than are allowed are refused")
    func limits() async throws {
        try await withRegistry({ ($0.uploadLimit, $0.blobLimit) = (1, 1000) }) { [content] registry in
            let large = try await registry.send(
                .POST, "/v2/a/blobs/uploads/?digest=\(Digest(of: content))", body: content)
            #expect(large.status == 413)
            #expect(try await registry.send(.POST, "/v2/a/blobs/uploads/").status == 202)
            #expect(try await registry.send(.POST, "/v2/a/blobs/uploads/").status == 429)
        }
    }
}
