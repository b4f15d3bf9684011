import CCompression
import LinuxKernel

/// RFC 8478, several frames in a row included.
///
/// A window is at most 128 MiB, the library's own bound.
final class ZstdDecompressor: Decompressor {
    private let stream: OpaquePointer
    private(set) var isComplete = false

    init() throws(ArchiveError) {
        guard let stream = ZSTD_createDStream() else { throw ArchiveError(.compressionDamaged("zstd: out of memory")) }
        self.stream = stream
    }

    deinit { ZSTD_freeDStream(stream) }

    func decompress(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int {
        // Asked again without input, the library would begin to wait for another frame.
        if input.isEmpty, isComplete { return 0 }
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        while target.pos == 0 {
            let before = source.pos
            let result = ZSTD_decompressStream(stream, &target, &source)
            if ZSTD_isError(result) != 0 {
                throw ArchiveError(.compressionDamaged("zstd: \(String(cString: ZSTD_getErrorName(result)))"))
            }
            // 0: a frame has ended and all of it has been given out.
            isComplete = result == 0
            if source.pos == source.size || source.pos == before { break }
        }
        input = UnsafeRawBufferPointer(rebasing: input[source.pos...])
        return target.pos
    }
}

/// Compresses a stream at zstd's level 1: several times faster than gzip's fastest, and smaller.
final class ZstdCompressor {
    private let stream: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer

    init() throws(ArchiveError) {
        guard let stream = ZSTD_createCCtx() else { throw ArchiveError(.compressionDamaged("zstd: out of memory")) }
        self.stream = stream
        output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
        ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, 1)
        ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
    }

    deinit {
        ZSTD_freeCCtx(stream)
        output.deallocate()
    }

    /// Takes the next bytes and gives what is ready to `write`.
    ///
    /// - Parameter isLast: Ends the frame after these bytes.
    func compress(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            let left = ZSTD_compressStream2(stream, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
            if ZSTD_isError(left) != 0 {
                throw ArchiveError(.compressionDamaged("zstd: \(String(cString: ZSTD_getErrorName(left)))"))
            }
            if target.pos > 0 { try write(UnsafeRawBufferPointer(rebasing: output[..<target.pos])) }
            if isLast ? left == 0 : source.pos == source.size { return }
        }
    }
}
