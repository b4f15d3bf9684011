import OCI
import ScriptedRegistry

/// An image of several layers, written as an OCI image layout that `harness image load` and skopeo read.
///
/// Archives that `harness image import` takes become one layer; what is told of layers needs more.
struct LayeredImage {
    /// Tar archives, the lowest first.
    var layers: [[UInt8]]

    /// Layers of one file each.
    ///
    /// - Parameter sizes: Bytes of random content.
    init(sizes: [Int], seed: UInt64) {
        var generator = SplitMix(state: seed)
        layers = sizes.enumerated().map { number, size in
            ScriptedImage.archive(["srv/layer\(number)": Self.bytes(size, &generator)])
        }
    }

    /// The same with another top layer.
    func changingTop(to text: String) -> Self {
        var copy = self
        copy.layers[layers.count - 1] = ScriptedImage.archive(["srv/top": Array(text.utf8)])
        return copy
    }

    /// Loads it into a store under a name; returns the digest of its manifest.
    @discardableResult
    func load(as name: String, into home: String, scratch: Scratch) throws -> Digest {
        let folder = "layout-\(UInt32.random(in: 0 ... .max))"
        let digest = try write(to: folder, in: scratch)
        let loaded = try Harness.run(["image", "load", "oci:\(scratch.path)/\(folder)", "-t", name], home: home)
        guard loaded.code == 0 else { throw Store.ImportFailed(error: loaded.error) }
        return digest
    }

    private func write(to folder: String, in scratch: Scratch) throws -> Digest {
        try scratch.write(#"{"imageLayoutVersion":"1.0.0"}"#, to: "\(folder)/oci-layout")
        try scratch.write("", to: "\(folder)/blobs/sha256/.keep")
        func put(_ bytes: [UInt8], _ type: String) throws -> Descriptor {
            let digest = Digest(of: bytes)
            try writeFile(bytes, to: "\(scratch.path)/\(folder)/blobs/sha256/\(digest.hex)")
            return Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
        }
        var configuration = ImageConfiguration(diffIDs: layers.map { Digest(of: $0) })
        configuration.architecture = Platform.host.architecture
        let manifest = Manifest(
            config: try put(try configuration.json(), MediaType.configuration),
            layers: try layers.map { try put($0, MediaType.layer) })
        let root = try put(try manifest.json(), MediaType.manifest)
        try writeFile(try Index(manifests: [root]).json(), to: "\(scratch.path)/\(folder)/index.json")
        return root.digest
    }

    private static func bytes(_ count: Int, _ generator: inout SplitMix) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }
}
