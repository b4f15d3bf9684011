import CLinux
import Glibc
import LinuxKernel
import OCI
import Synchronization

/// A blob on its way into the store, fetched by nobody else on this machine meanwhile.
///
/// For one thread or task at a time. What has come stays on the disk when the object goes before ``finish()``: the next
/// claim of the blob, in any process, goes on from there.
public final class BlobReceiver: Sendable {
    /// What is awaited.
    public let blob: Descriptor

    private struct State {
        var offset: Int64 = 0
        var hasher = DigestHasher()
        var job: LayerJob?
    }

    /// Bytes after which the kernel is asked to begin writing to the disk, so that little is left to wait for.
    private static let writeBackStep: Int64 = 8 << 20

    /// How far a download may be ahead of the unpacking.
    private static let lead: Int64 = 32 << 20

    private let reception: Reception
    private let diffID: Digest?
    private let limits: UnpackLimits
    private let path: String
    private let file: SharedDescriptor
    private let claim: Mutex<ContentClaim?>
    private let state = Mutex(State())

    init(
        _ blob: Descriptor, layer diffID: Digest?, limits: UnpackLimits, claim: ContentClaim, reception: Reception
    ) throws {
        self.blob = blob
        self.diffID = diffID
        self.limits = limits
        self.claim = Mutex(claim)
        self.reception = reception
        path = reception.location.download(blob.digest)
        file = SharedDescriptor(try .open(path, O_RDWR | O_CREAT, mode: 0o644))
        let present = try Reception.size(of: file.rawValue, path)
        if present > blob.size { try checked("ftruncate", path) { ftruncate(file.rawValue, 0) } }
        try state.withLock { state in
            try takeWhatIsHere(&state)
            try startJob(&state)
        }
    }

    deinit { state.withLock { $0.job?.cancel() } }

    /// Bytes that are here already, of this or a broken download: ask for the rest with `Range: bytes=OFFSET-`.
    public var offset: Int64 { state.withLock { $0.offset } }

    /// What the layer has not of its archive, and how often: known after ``finish()``.
    public var omissions: [String: Int] { state.withLock { $0.job?.omissions ?? [:] } }

    /// Takes the next bytes.
    ///
    /// - Throws: ``ImageStoreError``: `sizeMismatch` where there are more than the descriptor says, `archive` where
    ///   unpacking has failed; nothing stays of the blob then. `systemCall` where it can't be written.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(ImageStoreError) {
        try storing {
            try state.withLock { state in
                let end = state.offset + Int64(bytes.count)
                guard end <= blob.size else {
                    throw discard(.sizeMismatch(blob.digest, expected: blob.size, actual: end))
                }
                try write(bytes, at: state.offset)
                state.hasher.update(bytes)
                if end / Self.writeBackStep != state.offset / Self.writeBackStep {
                    // Only a hint: where it can't be followed, the sync at the end takes longer.
                    _ = clinux_start_write_back(file.rawValue)
                }
                state.offset = end
                do {
                    try state.job?.grow(to: end)
                } catch {
                    unlink(path)
                    throw error
                }
            }
        }
    }

    /// Waits until the unpacking is at most 32 MiB behind what has come.
    ///
    /// Decompressing takes longest. A download that is far ahead only takes processors from it, which then stand idle when
    /// all has come.
    public func keepPace() {
        let (job, offset) = state.withLock { ($0.job, $0.offset) }
        job?.waitForUnpacking(of: offset, within: Self.lead)
    }

    /// Forgets what is here: the server has answered with the blob from its beginning.
    public func restart() throws(ImageStoreError) {
        try storing {
            try state.withLock { state in
                state.job?.cancel()
                state = State()
                try checked("ftruncate", path) { ftruncate(file.rawValue, 0) }
                try startJob(&state)
            }
        }
    }

    /// All bytes are here: checks size, digest and diff id, and puts blob and layer in place.
    ///
    /// Blocks as long as the unpacking is behind.
    ///
    /// - Throws: ``ImageStoreError``: `sizeMismatch`, `digestMismatch`, `archive`, after which nothing stays of the
    ///   blob, except that too few bytes stay to be gone on from.
    public func finish() throws(ImageStoreError) {
        try storing {
            try state.withLock { state in
                guard state.offset == blob.size else {
                    throw ImageStoreError(.sizeMismatch(blob.digest, expected: blob.size, actual: state.offset))
                }
                let actual = state.hasher.finalize()
                guard actual == blob.digest else {
                    throw discard(.digestMismatch(expected: blob.digest, actual: actual))
                }
                if let job = state.job, let diffID {
                    let layer: LayerStream.Summary
                    do {
                        layer = try job.finish()
                    } catch {
                        unlink(path)
                        throw error
                    }
                    guard layer.diffID == diffID else {
                        throw discard(.digestMismatch(expected: diffID, actual: layer.diffID))
                    }
                    try reception.place(reception.layerDirectory(blob.digest), as: diffID)
                }
                try reception.install(file, at: path, as: blob.digest)
                // Others find it from here on.
                self.claim.withLock { $0 = nil }
            }
        }
    }

    /// Nothing stays of what turned out wrong.
    private func discard(_ kind: ImageStoreError.Kind) -> ImageStoreError {
        unlink(path)
        return ImageStoreError(kind)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemCallError) {
        var (rest, offset) = (bytes, offset)
        while !rest.isEmpty {
            let count = try checked("pwrite", path) {
                pwrite(file.rawValue, rest.baseAddress, rest.count, Int(offset))
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            offset += Int64(count)
        }
    }

    private func startJob(_ state: inout State) throws {
        guard diffID != nil else { return }
        let directory = reception.layerDirectory(blob.digest)
        try reception.location.removeDirectory(directory)
        let job = try LayerJob(file, into: directory, in: reception.location, limits: limits)
        state.job = job
        try job.grow(to: state.offset)
    }

    /// Reads what a broken download has left.
    private func takeWhatIsHere(_ state: inout State) throws(SystemCallError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let offset = Int(state.offset)
            let count = try checked("pread", path) { pread(file.rawValue, buffer.baseAddress, buffer.count, offset) }
            if count == 0 { return }
            state.hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            state.offset += Int64(count)
        }
    }
}
