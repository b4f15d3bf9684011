import Glibc
import LinuxKernel
import OCI

extension ImageStore {
    /// Finds an image.
    ///
    /// Reads the index, a manifest and a configuration; takes no lock. Layers that are not unpacked any more are
    /// unpacked again from their blobs, which takes as long as importing them did.
    ///
    /// - Parameters:
    ///   - name: A reference (`busybox`, `registry/repository:tag@digest`), a digest (`sha256:…`), or the first four or
    ///     more hexadecimal digits of one, with or without `sha256:`.
    ///   - platform: Of an image for several, which one; `nil`: this machine.
    ///   - isCancelled: Asked while a layer is unpacked.
    /// - Throws: ``ImageStoreError``: `imageMissing`, `ambiguous`, `reference`; and where the store is damaged
    ///   `blobMissing`, `digestMismatch`, `document`, `archive`.
    public func resolve(
        _ name: String, platform: Platform? = nil, isCancelled: @escaping () -> Bool = { false }
    ) throws(ImageStoreError) -> StoredImage {
        try storing {
            try load(
                try entry(for: name, in: try IndexFile(location)), platform: platform ?? .host, isCancelled: isCancelled
            )
        }
    }

    /// The index's entry for a name in any of its forms.
    func entry(for name: String, in file: IndexFile) throws -> Descriptor {
        if let prefix = Self.digestPrefix(name) {
            let found = file.entries(digestPrefix: prefix)
            // A name made of hexadecimal digits is a name first.
            let named = name.hasPrefix("sha256:") || prefix.count == 64 ? nil : file.entry(named: try Reference(name))
            if let only = named ?? (found.count == 1 ? found.first : nil) { return only }
            guard found.isEmpty else { throw ImageStoreError(.ambiguous(name, candidates: found.map(\.digest))) }
            throw ImageStoreError(.imageMissing(name))
        }
        let reference = try FileImage(name)?.reference ?? Reference(name)
        let found =
            reference.digest.map { digest in file.index.manifests.first { $0.digest == digest } }
            ?? file.entry(named: reference)
        guard let found else { throw ImageStoreError(.imageMissing(name)) }
        return found
    }

    /// Reads what an entry of the index stands for.
    func load(
        _ entry: Descriptor, platform: Platform, isCancelled: @escaping () -> Bool
    ) throws -> StoredImage {
        let (digest, manifest) = try platformManifest(entry, platform)
        let configuration = try location.readDocument(ImageConfiguration.self, manifest.config.digest)
        let diffIDs = configuration.rootfs.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw ImageStoreError(
                .imageInvalid("its manifest has \(manifest.layers.count) layers, its configuration \(diffIDs.count)"))
        }
        for (diffID, blob) in zip(diffIDs, manifest.layers) where try !isUnpacked(diffID) {
            try unpackAgain(blob, diffID: diffID, isCancelled: isCancelled)
        }
        return StoredImage(
            digest: digest, root: entry.digest, manifest: manifest, configuration: configuration,
            layers: diffIDs.map(location.layer))
    }

    /// The manifest of an entry; of an image for several platforms, the one that fits best of those that are here.
    func platformManifest(
        _ entry: Descriptor, _ platform: Platform = .host
    ) throws -> (digest: Digest, manifest: Manifest) {
        guard MediaType.isIndex(entry.mediaType) else {
            return (entry.digest, try location.readDocument(Manifest.self, entry.digest))
        }
        let index = try location.readDocument(Index.self, entry.digest)
        let present = index.manifests.filter { access(location.blob($0.digest), F_OK) == 0 }
        guard let fitting = platform.bestFit(among: present) else {
            throw ImageStoreError(
                .platformMissing(
                    platform.description, present: present.compactMap { $0.platform?.description }))
        }
        return (fitting.digest, try location.readDocument(Manifest.self, fitting.digest))
    }

    /// The hexadecimal digits where the text can be a digest or the beginning of one.
    static func digestPrefix(_ name: String) -> String? {
        let digits = name.hasPrefix("sha256:") ? name.dropFirst("sha256:".count) : name[...]
        let isHexadecimal = digits.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        return isHexadecimal && (4...64).contains(digits.utf8.count) ? String(digits) : nil
    }
}
