import LinuxKernel
import OCI

/// A layer's archive on its way: both digests are computed, a copy may be kept, the rest of the code sees plain tar
/// bytes.
///
/// A copy of an archive that comes compressed is as it is, so that its digest holds elsewhere too; a plain one is
/// compressed with zstd's level 1 on its way to the copy.
///
/// Reading, copying and decompressing go on ahead on a thread of their own; every callback comes on the caller's.
final class LayerStream {
    /// What a stream was, known at its end.
    struct Summary {
        /// Of the uncompressed bytes.
        var diffID: Digest
        /// Of the copy, or of the source; without a meaning where neither was asked for.
        var blob: Digest
        /// Of the copy, or of the source.
        var mediaType: String
    }

    /// The uncompressed bytes that nobody has taken yet; valid until the next ``fill()``.
    private(set) var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
    /// How many uncompressed bytes there have been.
    private(set) var length: Int64 = 0
    /// Called with the number of bytes read from the source so far.
    var onRead: (Int64) -> Void = { _ in }

    private let pump: LayerPump
    private let limit: Int64
    private let isCancelled: () -> Bool
    private var thread: WorkThread?
    private var current: ChunkQueue.Chunk?
    private var hasher = DigestHasher()
    private let isHashed: Bool
    /// How many bytes at the end of what has been seen are zeros, up to 512.
    private var trailingZeros = 0

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - isHashed: The digest of the plain bytes is computed; not where whoever sends them has done it.
    ///   - isVerified: The caller compares ``Summary/diffID`` with what it must be, so that the archive's own checksum, a tenth
    ///     of the work of decompressing it, tells nothing more.
    ///   - isCancelled: Asked for every chunk and, while none comes, ten times a second.
    init(
        _ source: any ByteSource, accounting: LayerPump.Accounting, limits: UnpackLimits, isHashed: Bool = true,
        isVerified: Bool = false, isCancelled: @escaping () -> Bool
    ) throws(SystemCallError) {
        self.isCancelled = isCancelled
        self.isHashed = isHashed
        limit = limits.bytes
        let pump = LayerPump(source, accounting, isVerified: isVerified)
        self.pump = pump
        thread = try WorkThread { pump.run() }
    }

    deinit {
        if let current { pump.queue.release(current) }
        endThread()
    }

    /// Gets the next chunk; the one before must have been taken.
    ///
    /// - Returns: Whether there is one.
    func fill() throws -> Bool {
        guard chunk.isEmpty else { return true }
        if let current { pump.queue.release(current) }
        current = nil
        while true {
            if isCancelled() { throw ImageStoreError(.cancelled) }
            switch try pump.queue.next(milliseconds: 100) {
            case .nothing: continue
            case .end: return false
            case .chunk(let next):
                current = next
                if next.count == 0 { return try fill() }
                try publish(next)
                return true
            }
        }
    }

    /// Marks bytes at the front of the chunk as used.
    func take(_ count: Int) { chunk = UnsafeRawBufferPointer(rebasing: chunk[count...]) }

    /// Reads what is left, and ends the copy.
    ///
    /// - Throws: ``ArchiveError`` of kind `truncated` where `requiresEndMarker` and the archive does not end in a block
    ///   of zeros, with which POSIX has every tar archive end.
    func finish(requiresEndMarker: Bool) throws -> Summary {
        while try fill() { take(chunk.count) }
        if requiresEndMarker, trailingZeros < 512 { throw ArchiveError(.truncated) }
        endThread()
        let diffID = hasher.finalize()
        return Summary(diffID: diffID, blob: pump.digest ?? diffID, mediaType: pump.mediaType)
    }

    private func publish(_ next: ChunkQueue.Chunk) throws {
        onRead(next.sourceLength)
        let bytes = next.bytes
        length += Int64(bytes.count)
        if length > limit { throw ArchiveError(.tooLarge("\(limit) bytes unpacked")) }
        if isHashed { hasher.update(bytes) }
        let zeros = bytes.suffix(512).reversed().prefix { $0 == 0 }.count
        trailingZeros = zeros == bytes.count ? min(512, trailingZeros + zeros) : zeros
        chunk = bytes
    }

    private func endThread() {
        pump.queue.abandon()
        pump.source.cancel()
        thread.take()?.join()
    }
}
