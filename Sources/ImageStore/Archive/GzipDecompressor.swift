import CCompression

/// RFC 1952, several members in a row included, as gzip(1) reads it: zeros after the last member are padding.
final class GzipDecompressor: Decompressor {
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isComplete = false
    private var isPadding = false

    /// - Parameter isChecked: Whether each member's checksum is compared; not where a digest of all bytes is.
    init(isChecked: Bool) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16: expect gzip's header.
        let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib is not the one that was compiled against, or memory ran out")
        if !isChecked { inflateValidate(stream, 0) }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decompress(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ArchiveError) -> Int {
        while !input.isEmpty {
            if isComplete { try beginMember(&input) }
            guard !input.isEmpty else { return 0 }
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            input = UnsafeRawBufferPointer(rebasing: input[(input.count - Int(stream.pointee.avail_in))...])
            let produced = output.count - Int(stream.pointee.avail_out)
            switch code {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: isComplete = true
            default: throw ArchiveError(.compressionDamaged(stream.pointee.msg.map { String(cString: $0) } ?? "gzip"))
            }
            if produced > 0 { return produced }
        }
        return 0
    }

    /// Steps over padding; what follows a member is another one.
    private func beginMember(_ input: inout UnsafeRawBufferPointer) throws(ArchiveError) {
        if input.first == 0 { isPadding = true }
        if isPadding {
            guard input.allSatisfy({ $0 == 0 }) else {
                throw ArchiveError(.compressionDamaged("bytes after the end of the gzip stream"))
            }
            input = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        inflateReset(stream)
        isComplete = false
    }
}
