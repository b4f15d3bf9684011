import Glibc
import LinuxKernel
import OCI

/// A layer's archive on its way from a file: both digests are computed, a copy is kept, the rest of the code sees plain
/// tar bytes.
///
/// An archive that comes compressed is copied as it is, so that its digest holds elsewhere too; a plain one is
/// compressed with zstd's level 1 on its way to the copy.
final class LayerStream {
    /// The uncompressed bytes that nobody has taken yet; valid until the next ``fill()``.
    private(set) var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
    /// How many uncompressed bytes there have been.
    private(set) var length: Int64 = 0
    /// Called with the number of bytes read from the source so far.
    var onRead: (Int64) -> Void = { _ in }
    /// How many bytes of the source have been read.
    private(set) var sourceLength: Int64 = 0

    private let source: CInt
    private let copy: BlobWriter?
    private let limit: Int64
    private let isCancelled: () -> Bool
    private let compression: Compression
    private let decompressor: (any Decompressor)?
    private let compressor: ZstdCompressor?
    private let inputBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    private let outputBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 4096)
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private var isAtEnd = false
    private var sourceHasher = DigestHasher()
    private var hasher = DigestHasher()
    private let isHashed: Bool
    /// The last 512 bytes of the archive are zeros as far as they have been seen.
    private var trailingZeros = 0

    /// Begins with the first bytes of a file.
    ///
    /// - Parameters:
    ///   - source: Read from where it stands; may be a pipe.
    ///   - copy: Where the blob goes; `nil` to keep none.
    init(
        source: CInt, copy: BlobWriter?, limits: UnpackLimits, isCancelled: @escaping () -> Bool
    ) throws {
        self.source = source
        self.copy = copy
        self.isCancelled = isCancelled
        isHashed = true
        limit = limits.bytes
        var count = 0
        while count < Compression.signatureLength {
            let room = UnsafeMutableRawBufferPointer(rebasing: inputBuffer[count...])
            let part = try Self.read(source, into: room, isCancelled: isCancelled)
            if part == 0 { break }
            count += part
        }
        input = UnsafeRawBufferPointer(rebasing: inputBuffer[..<count])
        compression = try Compression(firstBytes: Array(input.prefix(Compression.signatureLength)))
        switch compression {
        case .none: decompressor = nil
        case .gzip: decompressor = GzipDecompressor()
        case .zstd: decompressor = try ZstdDecompressor()
        }
        compressor = compression == .none && copy != nil ? try ZstdCompressor() : nil
        try account(for: input)
    }

    /// An archive that comes plain, from whoever has computed its digests.
    init(plain source: CInt, limits: UnpackLimits) {
        self.source = source
        copy = nil
        isCancelled = { false }
        isHashed = false
        limit = limits.bytes
        compression = .none
        decompressor = nil
        compressor = nil
    }

    deinit {
        inputBuffer.deallocate()
        outputBuffer.deallocate()
    }

    /// Gets the next chunk; the one before must have been taken.
    ///
    /// - Returns: Whether there is one.
    func fill() throws -> Bool {
        guard chunk.isEmpty else { return true }
        guard let decompressor else {
            if input.isEmpty { try refill() }
            return try publish(UnsafeRawBufferPointer(rebasing: input[...]), taking: true)
        }
        while true {
            let count = try decompressor.decompress(&input, into: outputBuffer)
            if count > 0 { return try publish(UnsafeRawBufferPointer(rebasing: outputBuffer[..<count]), taking: false) }
            if input.isEmpty {
                try refill()
                if isAtEnd { break }
            }
        }
        guard decompressor.isComplete else { throw ArchiveError(.truncated) }
        return false
    }

    /// Marks bytes at the front of the chunk as used.
    func take(_ count: Int) { chunk = UnsafeRawBufferPointer(rebasing: chunk[count...]) }

    /// Reads what is left, and ends the copy.
    ///
    /// - Throws: ``ArchiveError`` of kind `truncated` where `requiresEndMarker` and the archive does not end in a block
    ///   of zeros, with which POSIX has every tar archive end.
    func finish(requiresEndMarker: Bool) throws -> (diffID: Digest, blob: Digest, mediaType: String) {
        while try fill() { take(chunk.count) }
        if requiresEndMarker, trailingZeros < 512 { throw ArchiveError(.truncated) }
        if let compressor, let copy {
            try compressor.compress(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) { try copy.write($0) }
            return (hasher.finalize(), copy.digest, MediaType.zstdLayer)
        }
        let blob = copy?.digest ?? (compression == .none ? hasher : sourceHasher).finalize()
        return (hasher.finalize(), blob, compression.mediaType)
    }

    private func publish(_ bytes: UnsafeRawBufferPointer, taking: Bool) throws -> Bool {
        if taking { input = UnsafeRawBufferPointer(start: nil, count: 0) }
        guard !bytes.isEmpty else { return false }
        length += Int64(bytes.count)
        if length > limit { throw ArchiveError(.tooLarge("\(limit) bytes unpacked")) }
        if isHashed { hasher.update(bytes) }
        let zeros = bytes.suffix(512).reversed().prefix { $0 == 0 }.count
        trailingZeros = zeros == bytes.count ? min(512, trailingZeros + zeros) : zeros
        chunk = bytes
        return true
    }

    private func refill() throws {
        guard !isAtEnd else { return }
        let count = try Self.read(source, into: inputBuffer, isCancelled: isCancelled)
        isAtEnd = count == 0
        input = UnsafeRawBufferPointer(rebasing: inputBuffer[..<count])
        try account(for: input)
    }

    private func account(for bytes: UnsafeRawBufferPointer) throws {
        sourceLength += Int64(bytes.count)
        onRead(sourceLength)
        if let compressor, let copy {
            if !bytes.isEmpty { try compressor.compress(bytes, isLast: false) { try copy.write($0) } }
        } else if let copy {
            try copy.write(bytes)
        } else if compression != .none {
            sourceHasher.update(bytes)
        }
    }

    /// Waits for input ten times a second at least asking whether to go on: who writes to a pipe may take its time.
    private static func read(
        _ source: CInt, into buffer: UnsafeMutableRawBufferPointer, isCancelled: () -> Bool
    ) throws -> Int {
        while true {
            if isCancelled() { throw ImageStoreError(.cancelled) }
            var polled = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
            if try checked("poll", "the archive", { poll(&polled, 1, 100) }) > 0 { break }
        }
        return try checked("read", "the archive") { Glibc.read(source, buffer.baseAddress, buffer.count) }
    }
}
