import Glibc
import LinuxKernel
import OCI

extension ImageStore {
    /// Takes a name from an image.
    ///
    /// When the last one goes, so do its manifest, its configuration and what layers no other image has.
    ///
    /// - Parameter name: As for ``resolve(_:)``; by a digest, all names go.
    /// - Returns: The names that went, and whether the image went with them.
    /// - Throws: ``ImageStoreError`` of kind `imageInUse` where the last name would go while a container has the image;
    ///   nothing has changed then.
    @discardableResult
    public func remove(_ name: String) throws(ImageStoreError) -> (names: [Reference], isDeleted: Bool) {
        try storing {
            // Before the lock: dropped after it, so that nobody waits for the deletion of files.
            let staging = try Staging(in: location)
            let lock = try StoreLock(location)
            defer { withExtendedLifetime(lock) {} }
            var file = try IndexFile(location)
            let image = try entry(for: name, in: file)
            let names = try namesToRemove(name, of: image, in: file)
            for name in names { file.removeName(name) }
            if names.isEmpty { file.index.manifests.removeAll { $0.digest == image.digest } }
            if file.contains(image.digest) {
                try file.write(location, staging: staging)
                return (names, false)
            }
            guard let locks = try lockForRemoval(image, from: file) else {
                throw ImageStoreError(.imageInUse(name))
            }
            // First the index: a crash after it leaves blobs that nobody asks for, which the sweep removes.
            try file.write(location, staging: staging)
            try removeUnreferenced(staging: staging, locks)
            return (names, true)
        }
    }

    /// What a replaced image leaves: it goes where nobody uses it, and stays without a name until a sweep where
    /// somebody does.
    ///
    /// The caller holds the store's lock.
    func removeUnnamed(_ replaced: Descriptor, from file: inout IndexFile, staging: Staging) throws {
        guard let locks = try lockForRemoval(replaced, from: file) else {
            var unnamed = replaced
            unnamed.annotations?[Descriptor.referenceName] = nil
            file.index.manifests.append(unnamed)
            return try file.write(location, staging: staging)
        }
        try removeUnreferenced(staging: staging, locks)
    }

    /// Removes every blob and layer that no image of the index has and nobody has pinned; returns how many.
    ///
    /// The caller holds the store's lock.
    ///
    /// - Parameter locks: Blobs that the caller has locked for their removal.
    @discardableResult
    func removeUnreferenced(staging: Staging, _ locks: [Digest: SharedDescriptor] = [:]) throws -> Int {
        var blobs: Set<Digest> = []
        var layers: Set<Digest> = []
        for entry in try IndexFile(location).index.manifests { try collect(entry, blobs: &blobs, layers: &layers) }
        let keptBlobs = Set(blobs.map(\.hex))
        let keptLayers = Set(layers.map(\.hex))
        var removed = 0
        for name in try entriesIfPresent(location.layers) where !keptLayers.contains(name) {
            guard let lock = try lockUnlessPinned("\(location.layers)/\(name)") else { continue }
            try setAside("\(location.layers)/\(name)", staging: staging)
            withExtendedLifetime(lock) {}
            removed += 1
        }
        let locked = Set(locks.keys.map(\.hex))
        for name in try entriesIfPresent(location.blobs) where !keptBlobs.contains(name) {
            let path = "\(location.blobs)/\(name)"
            let lock = locked.contains(name) ? nil : try lockUnlessPinned(path)
            guard locked.contains(name) || lock != nil else { continue }
            try checked("unlink", name) { unlink(path) }
            withExtendedLifetime(lock) {}
            removed += 1
        }
        withExtendedLifetime(locks) {}
        return try removed + removeMarkers(except: keptLayers, staging: staging)
    }

    /// Removes the markers of layers that are not there; returns how many.
    private func removeMarkers(except kept: Set<String>, staging: Staging) throws -> Int {
        var removed = 0
        for name in try entriesIfPresent(location.unsyncedLayers) where !kept.contains(name) {
            let layer = "\(location.layers)/\(name)"
            guard access(layer, F_OK) != 0 else { continue }
            let marker = "\(location.unsyncedLayers)/\(name)"
            try checked("unlink", name) { unlink(marker) }
            removed += 1
            // Somebody without the store's lock may have placed the layer just now.
            if access(layer, F_OK) == 0 { try markUnsynced(marker, staging: staging) }
        }
        return removed
    }

    /// Makes sure that nobody has pinned a file or directory; `nil` where somebody has, or it is gone.
    private func lockUnlessPinned(_ path: String) throws -> SharedDescriptor? {
        guard let file = try openIfPresent(path, O_RDONLY) else { return nil }
        return try lockFile(file.rawValue, LOCK_EX | LOCK_NB) ? SharedDescriptor(file) : nil
    }

    /// Adds everything that an entry leads to.
    ///
    /// What is missing or damaged is kept as far as it can be read: a sweep must not make matters worse.
    func collect(_ entry: Descriptor, blobs: inout Set<Digest>, layers: inout Set<Digest>) throws {
        guard blobs.insert(entry.digest).inserted else { return }
        do {
            if MediaType.isIndex(entry.mediaType) {
                for child in try location.readDocument(Index.self, entry.digest).manifests {
                    try collect(child, blobs: &blobs, layers: &layers)
                }
                return
            }
            let manifest = try location.readDocument(Manifest.self, entry.digest)
            blobs.insert(manifest.config.digest)
            blobs.formUnion(manifest.layers.map(\.digest))
            guard MediaType.isConfiguration(manifest.config.mediaType) else { return }
            let configuration = try location.readDocument(ImageConfiguration.self, manifest.config.digest)
            layers.formUnion(configuration.rootfs.diffIDs)
        } catch let error as ImageStoreError {
            guard case .blobMissing = error.kind else { throw error }
        }
    }

    private func namesToRemove(_ name: String, of image: Descriptor, in file: IndexFile) throws -> [Reference] {
        let names = file.index.manifests.filter { $0.digest == image.digest }.compactMap(IndexFile.reference)
        // A digest, or the beginning of one, is all names; what is that and a name too has been found as the name.
        let asked: Reference
        do {
            asked = try FileImage(name)?.reference ?? Reference(name)
        } catch is ReferenceError where Self.digestPrefix(name) != nil {
            return names
        }
        return asked.digest == nil && names.contains(asked) ? [asked] : names
    }
}
