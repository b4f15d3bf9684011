import OCI

/// An image as a registry has it, of which a test spoils a part.
public struct ScriptedImage: Sendable {
    /// The one layer, a tar archive.
    public var layer: [UInt8]
    /// What the manifest says it is.
    public var layerType = MediaType.layer
    /// What the manifest says of the layer; by default the truth.
    public var layerDigest: Digest?
    /// What the manifest says of the layer; by default the truth.
    public var layerSize: Int64?
    /// What the configuration says; by default the truth.
    public var diffID: Digest?
    /// What the configuration and the index say.
    public var platform = Platform.host
    /// What is sent for the layer's digest instead of the layer.
    public var sentLayer: [UInt8]?
    /// What the index says of the manifest; by default the truth.
    public var manifestSize: Int64?
    /// Whether tags stand for an index of one manifest.
    public var usesIndex = false

    /// An image of one small file.
    public init() throws { layer = Self.archive(["etc/name": Array("scripted\n".utf8)]) }

    /// The configuration, byte for byte.
    public var configuration: [UInt8] {
        get throws {
            var document = ImageConfiguration(diffIDs: [diffID ?? Digest(of: layer)])
            document.architecture = platform.architecture
            return try document.json()
        }
    }

    /// The manifest, byte for byte.
    public var manifest: [UInt8] {
        get throws {
            let configuration = try configuration
            return try Manifest(
                config: Descriptor(
                    mediaType: MediaType.configuration, digest: Digest(of: configuration),
                    size: Int64(configuration.count)),
                layers: [
                    Descriptor(
                        mediaType: layerType, digest: layerDigest ?? Digest(of: layer),
                        size: layerSize ?? Int64(layer.count))
                ]
            ).json()
        }
    }

    /// Serves the image as `team/app`, under every tag.
    public func serve(
        _ instead: @escaping @Sendable (ScriptedRegistry.Request) -> ScriptedRegistry.Answer? = { _ in nil }
    )
        throws
        -> ScriptedRegistry
    {
        let (manifest, configuration) = (try manifest, try configuration)
        var index = Index(manifests: [
            Descriptor(
                mediaType: MediaType.manifest, digest: Digest(of: manifest),
                size: manifestSize ?? Int64(manifest.count),
                platform: platform)
        ])
        index.mediaType = MediaType.index
        let indexBytes = try index.json()
        let contents = [
            Digest(of: configuration).description: configuration,
            (layerDigest ?? Digest(of: layer)).description: sentLayer ?? layer,
        ]
        let usesIndex = usesIndex
        return try ScriptedRegistry { request in
            if let answer = instead(request) { return answer }
            let name = String(request.path.split(separator: "/").last ?? "")
            if request.path.contains("/manifests/") {
                let isChild = name == Digest(of: manifest).description
                return usesIndex && !isChild
                    ? .reply(200, ["Content-Type": MediaType.index], indexBytes)
                    : .reply(200, ["Content-Type": MediaType.manifest], manifest)
            }
            return contents[name].map { .reply(200, [:], $0) } ?? .reply(request.path == "/v2/" ? 200 : 404)
        }
    }

    /// A tar archive (ustar) of regular files.
    public static func archive(_ files: [String: [UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
            }
            put(name, at: 0)
            put("0000644\0" + "0000000\0" + "0000000\0", at: 100)
            put(octal(content.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put("        0", at: 148)
            put("ustar\u{0}00", at: 257)
            header.replaceSubrange(148..<156, with: checksum(of: header[...]))
            bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    /// The field of a header's checksum, at 148; what is there now does not count.
    public static func checksum(of header: ArraySlice<UInt8>) -> [UInt8] {
        let others = header.prefix(148) + header.dropFirst(156)
        // The field counts as eight blanks.
        return Array((octal(others.reduce(8 * 0x20) { $0 + Int($1) }, 6) + "\0 ").utf8)
    }

    private static func octal(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 8)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
