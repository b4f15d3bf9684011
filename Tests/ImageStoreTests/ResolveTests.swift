import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Resolving an image")
struct ResolveTests {
    @Test("fails with the name where there is none, also without a store")
    func missing() throws {
        let temporary = try TemporaryStore()
        for name in ["nothing", "registry.example.com/x:1", "sha256:" + String(repeating: "0", count: 64), "abcd"] {
            #expect(throws: ImageStoreError(.imageMissing(name))) { try temporary.store.resolve(name) }
        }
        #expect(throws: ImageStoreError.self) { try temporary.store.resolve("Not A Reference") }
        try temporary.add(ImportTests.small)
        #expect(throws: ImageStoreError(.imageMissing("nothing"))) { try temporary.store.resolve("nothing") }
    }

    @Test("by the beginning of a digest that two images have is refused")
    func ambiguous() throws {
        let temporary = try TemporaryStore()
        // Two hexadecimal digits in common are found soon; four are asked for, so the index is written by hand.
        let image = try temporary.add(ImportTests.small, as: "one").image
        let twin = try Digest(
            hex: String(image.digest.hex.prefix(60)) + (image.digest.hex.hasSuffix("0000") ? "1111" : "0000"))
        let path = temporary.location.images + "/index.json"
        var index = try Index(json: try readRegularFile(path))
        index.manifests.append(Descriptor(mediaType: MediaType.manifest, digest: twin, size: 1))
        try temporary.write(try index.json(), to: "home/images/index.json")
        let prefix = String(image.digest.hex.prefix(8))
        #expect(throws: ImageStoreError(.ambiguous(prefix, candidates: [image.digest, twin]))) {
            try temporary.store.resolve(prefix)
        }
        #expect(try temporary.store.resolve(image.digest.description) == image)
    }

    @Test("unpacks a layer again that is gone, or that was written before the machine went down")
    func unpacksAgain() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small).image
        let layer = try #require(image.layers.first)
        _ = try run(["rm", "-rf", layer])
        #expect(try temporary.store.resolve("test") == image)
        #expect(try readRegularFile(layer + "/bin/sh") == Array("#!shell".utf8))

        let marker = "home/layers-unsynced/\(image.configuration.rootfs.diffIDs[0].hex)"
        #expect(access("\(temporary.directory)/\(marker)", F_OK) == 0)
        try temporary.write(Array("another boot\n".utf8), to: marker)
        try checked("truncate") { truncate(layer + "/bin/sh", 0) }
        #expect(try temporary.store.resolve("test") == image)
        #expect(try readRegularFile(layer + "/bin/sh") == Array("#!shell".utf8))

        _ = try temporary.store.sweep()
        #expect(access("\(temporary.directory)/\(marker)", F_OK) != 0)
        #expect(try temporary.names(in: temporary.location.staging) == [])
    }

    @Test("notices content that is not what its name says")
    func damaged() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small).image
        let layer = try #require(image.manifest.layers.first)
        _ = try run(["rm", "-rf", temporary.location.layers])
        let other = try TemporaryStore()
        let wrong = try other.add(TarBuilder.archive { $0.file("other") }).image.manifest.layers[0].digest
        _ = try run(["cp", "\(other.location.blobs)/\(wrong.hex)", "\(temporary.location.blobs)/\(layer.digest.hex)"])
        #expect(throws: ImageStoreError(.digestMismatch(expected: layer.digest, actual: wrong))) {
            try temporary.store.resolve("test")
        }
        #expect(try temporary.names(in: temporary.location.layers) == [])

        try temporary.write(Array("{}".utf8), to: "home/images/blobs/sha256/\(image.manifest.config.digest.hex)")
        let error = #expect(throws: ImageStoreError.self) { try temporary.store.resolve("test") }
        guard case .digestMismatch(let expected, _) = error?.kind else {
            Issue.record("not a digest mismatch: \(error?.description ?? "none")")
            return
        }
        #expect(expected == image.manifest.config.digest)
        _ = try run(["rm", "\(temporary.location.blobs)/\(image.manifest.config.digest.hex)"])
        #expect(throws: ImageStoreError(.blobMissing(image.manifest.config.digest))) {
            try temporary.store.resolve("test")
        }
    }

    @Test("finds names that another tool has written in its own spelling, and picks this machine's variant")
    func foreignIndex() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small).image
        func entry(_ architecture: String, _ digest: Digest) -> Descriptor {
            Descriptor(
                mediaType: MediaType.manifest, digest: digest, size: 1,
                platform: Platform(architecture: architecture))
        }
        let variants = Index(manifests: [
            entry("s390x", Digest(of: [])), entry(Platform.host.architecture, image.digest),
        ])
        let bytes = try variants.json()
        try temporary.write(bytes, to: "home/images/blobs/sha256/\(Digest(of: bytes).hex)")
        var index = Index()
        index.manifests = [
            Descriptor(
                mediaType: MediaType.index, digest: Digest(of: bytes), size: Int64(bytes.count),
                annotations: [Descriptor.referenceName: "busybox"])
        ]
        try temporary.write(try index.json(), to: "home/images/index.json")
        var found = try temporary.store.resolve("docker.io/library/busybox:latest")
        #expect(found.root == Digest(of: bytes))
        found.root = image.root
        #expect(found == image)
        // The variant's manifest is what containers hold on to.
        let hold = try temporary.store.retain(image)
        #expect(throws: ImageStoreError(.imageInUse("busybox"))) { try temporary.store.remove("busybox") }
        withExtendedLifetime(hold) {}
    }
}
