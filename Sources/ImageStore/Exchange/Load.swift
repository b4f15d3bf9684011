import Glibc
import LinuxKernel
import OCI

extension ImageStore {
    /// Loads all images of an archive or a directory; on any error none of them gets its name.
    ///
    /// - Parameters:
    ///   - reference: The name of the image, which must be the only one; `nil`: the names that are written there.
    ///   - limits: What the archive, and each layer of it, may unpack to.
    ///   - progress: Called on the same thread.
    ///   - isCancelled: Asked as bytes are read.
    /// - Throws: ``ImageStoreError``: `archive`, `document`, `digestMismatch`, `imageInvalid`, `systemCall`,
    ///   `cancelled`.
    public func load(
        _ source: ImageSource, as reference: Reference? = nil, limits: UnpackLimits = UnpackLimits(),
        progress: @escaping (ExchangeProgress) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
    ) throws(ImageStoreError) -> [LoadedImage] {
        try storing {
            try reading(source, limits: limits, progress: progress, isCancelled: isCancelled) { loader in
                let found = try loader.find(source)
                guard reference == nil || found.count == 1 else {
                    throw ImageStoreError(
                        .imageInvalid(
                            "there are \(found.count) images, which can't all be named '\(reference?.familiar ?? "")'"))
                }
                // All are complete before the first is named.
                let ready = try found.map { try loader.fetch($0, as: reference) }
                return try ready.map { try loader.commit($0) }
            }
        }
    }

    /// Calls `body` with what reads the files of a source.
    func reading<Result>(
        _ source: ImageSource, limits: UnpackLimits, progress: @escaping (ExchangeProgress) -> Void,
        isCancelled: @escaping () -> Bool, _ body: (ImageLoader) throws -> Result
    ) throws -> Result {
        var file: SharedDescriptor?
        // Opened first: a missing file leaves no store behind.
        switch source {
        case .archive(.path(let path)), .ociArchive(let path, _), .dockerArchive(let path, _):
            file = SharedDescriptor(try .open(path, O_RDONLY))
        default: break
        }
        let files: any ImageFiles
        let directoryFiles: DirectoryFiles?
        switch source {
        case .layout(let path, _), .directory(let path): directoryFiles = try DirectoryFiles(path)
        default: directoryFiles = nil
        }
        let reception = try receive()
        if let directoryFiles {
            files = directoryFiles
        } else {
            let descriptor = file?.rawValue ?? STDIN_FILENO
            let directory = reception.staging.path + "/spool"
            try makeDirectory(directory, mode: 0o700)
            files = try SpooledFiles(
                descriptor, into: directory, limits: limits,
                progress: { progress(ExchangeProgress(step: "reading", bytes: $0)) }, isCancelled: isCancelled)
        }
        return try body(
            ImageLoader(
                files: files, reception: reception, limits: limits, progress: progress, isCancelled: isCancelled))
    }
}
