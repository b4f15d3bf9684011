import Glibc
import LinuxKernel
import OCI

// The archives of `docker save`: https://github.com/moby/docker-image-spec, "Combined Image JSON + Filesystem
// Changeset Format". Layers have no blobs there: they become some, compressed with zstd's level 1.
extension ImageLoader {
    /// - Parameter name: Which image: a name, or `@` and its place in the list, from 0; `nil`: all.
    func findDocker(_ name: String?) throws -> [Found] {
        let table = try JSONNode(try files.requiredDocument("manifest.json"), document: "manifest.json")
        let found = try table.elements().map { node throws(DocumentError) in
            Found(
                form: .docker(
                    configuration: try node.required("Config").string(),
                    layers: try node.optional("Layers")?.strings() ?? []),
                names: try node.optional("RepoTags")?.strings() ?? [])
        }
        guard !found.isEmpty else { throw ImageStoreError(.imageInvalid("'manifest.json' lists no image")) }
        guard let name else { return found }
        let chosen: [Found]
        if name.hasPrefix("@") {
            let number = Int(name.dropFirst())
            chosen = number.map { found.indices.contains($0) ? [found[$0]] : [] } ?? []
        } else {
            chosen = found.filter { $0.names.contains { $0 == name || Reference.isSame($0, name) } }
        }
        guard !chosen.isEmpty else {
            let names = found.flatMap(\.names).prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            throw ImageStoreError(
                .imageInvalid("the archive has no image '\(name)'" + (names.isEmpty ? "" : ", but \(names)")))
        }
        return chosen
    }

    func fetchDocker(_ configuration: String, _ layers: [String]) throws -> Ready {
        let bytes = try files.requiredDocument(configuration)
        let diffIDs = try ImageConfiguration(json: bytes).rootfs.diffIDs
        guard diffIDs.count == layers.count else {
            throw ImageStoreError(
                .imageInvalid("'manifest.json' gives it \(layers.count) layers, its configuration \(diffIDs.count)"))
        }
        var omissions: [String: Int] = [:]
        var blobs: [Digest: Descriptor] = [:]
        for (diffID, name) in zip(diffIDs, layers) where blobs[diffID] == nil {
            progress(ExchangeProgress(step: "loading \(diffID.hex.prefix(12))", bytes: 0))
            blobs[diffID] = try fetchDockerLayer(name, diffID, &omissions)
        }
        let config = Descriptor(
            mediaType: MediaType.configuration, digest: try reception.add(bytes), size: Int64(bytes.count))
        let manifest = Manifest(config: config, layers: diffIDs.compactMap { blobs[$0] })
        return Ready(
            root: try manifest.json(), mediaType: MediaType.manifest, references: [], omissions: omissions)
    }

    private func fetchDockerLayer(
        _ name: String, _ diffID: Digest, _ omissions: inout [String: Int]
    ) throws -> Descriptor {
        guard let file = try files.open(name) else {
            throw ImageStoreError(.imageInvalid("there is no file '\(name.prefix(200))'"))
        }
        let path = reception.temporaryPath()
        let directory = path + "-layer"
        let blob = try BlobWriter(creating: path)
        let stream = try LayerStream(
            DescriptorSource(file.rawValue), accounting: .copy(blob), limits: limits, isCancelled: isCancelled)
        let omitted = try reception.location.unpackLayer(stream, into: directory, limits: limits)
        let summary = try stream.finish(requiresEndMarker: false)
        guard summary.diffID == diffID else {
            throw ImageStoreError(.digestMismatch(expected: diffID, actual: summary.diffID))
        }
        omissions.merge(omitted, uniquingKeysWith: +)
        try reception.place(directory, as: diffID)
        try reception.install(SharedDescriptor(try .open(path, O_RDONLY)), at: path, as: summary.blob)
        return Descriptor(mediaType: summary.mediaType, digest: summary.blob, size: blob.size)
    }
}
