import LinuxKernel
import OCI

extension ImageStore {
    /// Brings an image of files into the store, under its ``FileImage/reference``; what the store has of it is not read
    /// again.
    ///
    /// - Parameters:
    ///   - now: Seconds since the epoch, for pull policies.
    ///   - progress: Called on the same thread.
    ///   - isCancelled: Asked as bytes are read.
    /// - Throws: ``ImageStoreError`` as of ``load(_:as:limits:progress:isCancelled:)``; `imageMissing` where the files have
    ///   no image of that name, `imageInvalid` where they have several and none is named.
    public func fetch(
        _ image: FileImage, now: Int64, limits: UnpackLimits = UnpackLimits(),
        progress: @escaping (ExchangeProgress) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
    ) throws(ImageStoreError) -> LoadedImage {
        try storing {
            // Before anything is read: what changes meanwhile is seen as a change by the next.
            let stamp = try image.stamp()
            return try reading(image.source, limits: limits, progress: progress, isCancelled: isCancelled) { loader in
                let found = try Self.find(image, loader)
                guard found.count == 1 else {
                    let names = found.flatMap(\.names).prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                    throw ImageStoreError(
                        .imageInvalid(
                            "'\(image)' has \(found.count) images: add ':' and the name of one"
                                + (names.isEmpty ? "" : ", such as \(names)")))
                }
                let ready = try loader.fetch(found[0], as: try image.reference)
                return try loader.commit(ready, pulled: now, stamp: stamp)
            }
        }
    }

    private static func find(_ image: FileImage, _ loader: ImageLoader) throws -> [ImageLoader.Found] {
        do {
            return try loader.find(image.source)
        } catch let error as ImageStoreError {
            // One image is wanted: that without a name all would be loaded is no help.
            guard case .notInLayout = error.kind else { throw error }
            throw ImageStoreError(.imageInvalid(error.description))
        }
    }

    /// Whether the store has an image of files as the files have it now.
    ///
    /// - Throws: ``ImageStoreError``; `systemCall` with `ENOENT` where the files are gone.
    public func isCurrent(_ image: FileImage) throws(ImageStoreError) -> Bool {
        try storing {
            let known = try IndexFile(location).entry(named: try image.reference)?.annotations?[Descriptor.fileStamp]
            return known == (try image.stamp())
        }
    }
}

extension Descriptor {
    /// The annotation that says of which files an entry is; see ``FileImage/stamp()``.
    static let fileStamp = "harness.files"
}
