import ImageStore
import ImageTransfer
import OCI
import RegistryProtocol
import ScriptedRegistry
import Synchronization
import Testing

/// A whole pull, through the helper, from a registry that a test scripts.
@Suite("A pull", .timeLimit(.minutes(5)))
struct PullTests {
    private let temporary = TemporaryStore()
    private var store: ImageStore { temporary.store }

    private func pull(_ registry: ScriptedRegistry, _ suffix: String = ":1", platform: Platform? = nil) throws -> Digest
    {
        var options = ImagePull.Options(try Reference("\(registry.host)/team/app\(suffix)"))
        options.platform = platform
        return try ImagePull(options, into: store) { _ in }.run()
    }

    /// Expects an error, and that nothing is in the store.
    private func expectFailure(
        _ registry: ScriptedRegistry, containing text: String, location: SourceLocation = #_sourceLocation
    ) throws {
        var message = "no error"
        do {
            _ = try pull(registry)
        } catch {
            message = "\(error)"
        }
        #expect(message.contains(text), sourceLocation: location)
        #expect(try store.list().isEmpty, sourceLocation: location)
    }

    @Test("brings the image under its name, by tag and by digest, and not twice")
    func whole() throws {
        let image = try ScriptedImage()
        let registry = try image.serve()
        let digest = try pull(registry)
        #expect(digest == Digest(of: try image.manifest))
        #expect(try store.resolve("\(registry.host)/team/app:1").digest == digest)
        let blobs = registry.requests.filter { $0.path.contains("/blobs/") }.count
        #expect(blobs == 2)
        #expect(try pull(registry, "@\(digest)") == digest)
        #expect(registry.requests.filter { $0.path.contains("/blobs/") }.count == blobs)
    }

    @Test("of an index brings what fits, and keeps the index's digest")
    func index() throws {
        var image = try ScriptedImage()
        image.usesIndex = true
        let registry = try image.serve()
        let root = try pull(registry)
        #expect(root != Digest(of: try image.manifest))
        #expect(try store.resolve("\(registry.host)/team/app:1").digest == Digest(of: try image.manifest))
    }

    @Test("of an index without a fitting variant names those that there are")
    func otherPlatform() throws {
        var image = try ScriptedImage()
        image.usesIndex = true
        image.platform = Platform(architecture: "s390x")
        let registry = try image.serve()
        let error = #expect(throws: RegistryError.self) { try pull(registry) }
        #expect(error?.kind == .notFound)
        #expect(error?.remedy?.contains("linux/s390x") == true)
        #expect(try store.list().isEmpty)
    }

    @Test("refuses content with another digest, and leaves nothing")
    func wrongDigest() throws {
        var image = try ScriptedImage()
        var spoilt = image.layer
        spoilt[600] ^= 1
        image.sentLayer = spoilt
        try expectFailure(try image.serve(), containing: "digest")
    }

    @Test("refuses a layer that unpacks to something else than the configuration says")
    func wrongDiffID() throws {
        var image = try ScriptedImage()
        image.diffID = Digest(of: [1])
        try expectFailure(try image.serve(), containing: "damaged")
    }

    @Test("refuses a layer that is longer or shorter than the manifest says", arguments: [-1, 1] as [Int64])
    func wrongSize(difference: Int64) throws {
        var image = try ScriptedImage()
        image.layerSize = Int64(image.layer.count) + difference
        try expectFailure(try image.serve(), containing: "bytes")
    }

    @Test(
        "refuses layers that its registry does not hold, before anything is fetched",
        arguments: [
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "foreign layer"),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar", "foreign layer"),
            ("application/vnd.example.model", "no image of layers"),
        ])
    func foreignLayer(type: String, message: String) throws {
        var image = try ScriptedImage()
        image.layerType = type
        let registry = try image.serve()
        try expectFailure(registry, containing: message)
        #expect(registry.requests.allSatisfy { !$0.path.contains("/blobs/") })
    }

    @Test("refuses a manifest that has another size than its index says")
    func wrongManifestSize() throws {
        var image = try ScriptedImage()
        image.usesIndex = true
        image.manifestSize = 7
        try expectFailure(try image.serve(), containing: "and its index says 7")
    }

    @Test("of an index that leads to indexes alone finds nothing, and asks for none of them")
    func nestedIndex() throws {
        var inner = Index(manifests: [])
        inner.mediaType = MediaType.index
        let bytes = try inner.json()
        let outer = Index(manifests: [
            Descriptor(
                mediaType: MediaType.index, digest: Digest(of: bytes), size: Int64(bytes.count), platform: .host)
        ])
        let registry = try outer.serve()
        try expectFailure(registry, containing: "has no variant")
        #expect(registry.requests.filter { $0.path.contains("/manifests/") }.count == 1)
    }

    @Test("refuses an index behind what an index calls a manifest")
    func indexAsManifest() throws {
        let inner = Index(manifests: [])
        let bytes = try inner.json()
        let outer = Index(manifests: [
            Descriptor(
                mediaType: MediaType.manifest, digest: Digest(of: bytes), size: Int64(bytes.count), platform: .host)
        ])
        try expectFailure(try outer.serve(child: bytes), containing: "an index in an index")
    }

    @Test("stops to unpack at the bound, whatever a layer of some bytes becomes")
    func bomb() throws {
        var image = try ScriptedImage()
        let header = ScriptedImage.archive(["bomb": []]).prefix(512)
        // A frame of zstd (RFC 8878): the header as it is, then 1,024 times the same byte 131,072 times over.
        image.layer = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38] + Self.zstdBlock(kind: 0, size: 512) + header
        for _ in 0..<1024 { image.layer += Self.zstdBlock(kind: 1, size: 128 << 10) + [0] }
        image.layerType = MediaType.zstdLayer
        #expect(image.layer.count < 5000)
        let registry = try image.serve()
        var options = ImagePull.Options(try Reference("\(registry.host)/team/app:1"))
        options.limits = UnpackLimits(bytes: 1 << 20)
        let error = #expect(throws: ImageStoreError.self) { try ImagePull(options, into: store) { _ in }.run() }
        #expect(error?.description.contains("1048576 bytes unpacked") == true, "\(String(describing: error))")
        #expect(try store.list().isEmpty)
    }

    private static func zstdBlock(kind: Int, size: Int) -> [UInt8] {
        let header = kind << 1 | size << 3
        return [0, 8, 16].map { UInt8(truncatingIfNeeded: header >> $0) }
    }

    @Test("refuses an archive that leads outside, and writes nothing there")
    func traversal() throws {
        var image = try ScriptedImage()
        image.layer = ScriptedImage.archive(["../../../../escaped": [1]])
        try expectFailure(try image.serve(), containing: "escaped")
    }

    @Test("goes on with a blob that another pull has begun")
    func resume() throws {
        var image = try ScriptedImage()
        image.layer = ScriptedImage.archive(["big": (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }])
        let (layer, digest) = (image.layer, Digest(of: image.layer))
        let broken = try image.serve { request in
            guard request.path.contains(digest.description) else { return nil }
            return request.headers["range"] == nil
                ? .raw(
                    ScriptedRegistry.head(200, ["Content-Length": "\(layer.count)"], length: nil) + layer[..<200_000])
                : .reply(403)
        }
        #expect(throws: (any Error).self) { try pull(broken) }
        let whole = try image.serve { request in
            guard request.path.contains(digest.description), let range = request.headers["range"] else { return nil }
            let start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
            return .reply(
                206, ["Content-Range": "bytes \(start)-\(layer.count - 1)/\(layer.count)"], Array(layer[start...]))
        }
        _ = try pull(whole)
        let asked = whole.requests.filter { $0.path.contains(digest.description) }.map { $0.headers["range"] }
        #expect(asked.count == 1)
        // Of what was on its way when the connection broke, the client may have lost the end.
        let start = (asked.first ?? nil).flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0
        #expect((1...200_000).contains(start))
    }

    @Test("that fails leaves the image which had the name")
    func keepsOld() throws {
        let image = try ScriptedImage()
        let good = Mutex(true)
        let box = Box(good)
        var other = try ScriptedImage()
        other.layer = ScriptedImage.archive(["etc/other": [1]])
        let (second, spoilt) = (try other.manifest, try other.configuration)
        let registry = try image.serve { request in
            guard !box.isGood else { return nil }
            if request.path.contains("/manifests/") { return .reply(200, ["Content-Type": MediaType.manifest], second) }
            return request.path.contains(Digest(of: spoilt).description) ? .reply(200, [:], spoilt) : .reply(404)
        }
        let digest = try pull(registry)
        box.spoil()
        #expect(throws: (any Error).self) { try pull(registry) }
        #expect(try store.resolve("\(registry.host)/team/app:1").digest == digest)
    }
}

extension Index {
    /// A registry where every tag stands for the index, and every digest for `child`.
    fileprivate func serve(child: [UInt8] = []) throws -> ScriptedRegistry {
        var document = self
        document.mediaType = MediaType.index
        let bytes = try document.json()
        return try ScriptedRegistry { request in
            guard request.path.contains("/manifests/") else { return .reply(request.path == "/v2/" ? 200 : 404) }
            return request.path.contains("sha256:")
                ? .reply(200, ["Content-Type": MediaType.index], child)
                : .reply(200, ["Content-Type": MediaType.index], bytes)
        }
    }
}

private final class Box: Sendable {
    private let value: Mutex<Bool>
    init(_ value: consuming Mutex<Bool>) { self.value = value }
    var isGood: Bool { value.withLock { $0 } }
    func spoil() { value.withLock { $0 = false } }
}
