import Glibc
import LinuxKernel
import OCI

/// The first half of a layer's way, on a thread of its own: reads the source, keeps a copy, decompresses ahead.
///
/// Its results are read when the thread has ended.
final class LayerPump: @unchecked Sendable {
    /// What is computed of the source as it comes.
    enum Accounting {
        /// A copy goes there; a plain archive is compressed on the way.
        case copy(BlobWriter)
        /// Only the digest.
        case digest
        /// Nothing: somebody else has seen to it.
        case none
    }

    let queue = ChunkQueue()
    let source: any ByteSource
    /// Known when the first chunk has come.
    private(set) var compression = Compression.none

    private let accounting: Accounting
    private let isVerified: Bool
    private var hasher = DigestHasher()
    private var sourceLength: Int64 = 0
    private var compressor: ZstdCompressor?

    /// - Parameter isVerified: Somebody compares the digest of the plain bytes with what it must be.
    init(_ source: any ByteSource, _ accounting: Accounting, isVerified: Bool) {
        self.source = source
        self.isVerified = isVerified
        self.accounting = accounting
    }

    /// The digest of the copy, or of the source; `nil` where it is that of the plain bytes, which others compute.
    var digest: Digest? {
        if case .copy(let writer) = accounting { return writer.digest }
        return compression == .none ? nil : hasher.finalize()
    }

    /// The type of the blob that is kept: plain archives are compressed on their way to the copy.
    var mediaType: String { compressor == nil ? compression.mediaType : MediaType.zstdLayer }

    /// The thread's body.
    func run() {
        queue.end(Result { try pump() })
    }

    private func pump() throws {
        guard let first = queue.takeFree() else { return }
        var count = 0
        while count < Compression.signatureLength {
            let part = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: first[count...]))
            if part == 0 { break }
            count += part
        }
        let begin = UnsafeRawBufferPointer(rebasing: first[..<count])
        compression = try Compression(firstBytes: Array(begin.prefix(Compression.signatureLength)))
        if case .copy = accounting, compression == .none { compressor = try ZstdCompressor() }
        switch compression {
        case .none: try pumpPlain(first, count)
        case .gzip: try pump(through: GzipDecompressor(isChecked: !isVerified), begin)
        case .zstd: try pump(through: try ZstdDecompressor(), begin)
        }
        if let compressor, case .copy(let writer) = accounting {
            try compressor.compress(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) { try writer.write($0) }
        }
    }

    private func pumpPlain(_ first: UnsafeMutableRawBufferPointer, _ firstCount: Int) throws {
        var (buffer, count) = (first, firstCount)
        while count > 0 {
            try account(for: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            queue.put(ChunkQueue.Chunk(buffer: buffer, count: count, sourceLength: sourceLength))
            guard let next = queue.takeFree() else { return }
            buffer = next
            count = try source.read(into: buffer)
        }
    }

    private func pump(through decompressor: any Decompressor, _ begin: UnsafeRawBufferPointer) throws {
        let inputBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkQueue.chunkSize, alignment: 4096)
        defer { inputBuffer.deallocate() }
        inputBuffer.copyMemory(from: begin)
        var input = UnsafeRawBufferPointer(rebasing: inputBuffer[..<begin.count])
        try account(for: input)
        while let buffer = queue.takeFree() {
            var filled = 0
            while filled < buffer.count {
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                let count = try decompressor.decompress(&input, into: room)
                filled += count
                guard count == 0, input.isEmpty else { continue }
                let read = try source.read(into: inputBuffer)
                if read == 0 { break }
                input = UnsafeRawBufferPointer(rebasing: inputBuffer[..<read])
                try account(for: input)
            }
            queue.put(ChunkQueue.Chunk(buffer: buffer, count: filled, sourceLength: sourceLength))
            if filled < buffer.count {
                guard decompressor.isComplete else { throw ArchiveError(.truncated) }
                return
            }
        }
    }

    private func account(for bytes: UnsafeRawBufferPointer) throws {
        sourceLength += Int64(bytes.count)
        switch accounting {
        case .copy(let writer):
            guard let compressor else { return try writer.write(bytes) }
            try compressor.compress(bytes, isLast: false) { try writer.write($0) }
        case .digest where compression != .none: hasher.update(bytes)
        case .digest, .none: break
        }
    }
}
