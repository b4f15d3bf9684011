import OCI

/// How a layer's archive is compressed, told by its first bytes.
enum Compression: Hashable, Sendable {
    case none
    case gzip
    case zstd

    /// The bytes that ``init(firstBytes:)`` needs where the file has so many.
    static let signatureLength = 6

    /// Looks at the beginning of a file.
    ///
    /// - Throws: ``ArchiveError`` of kind `compressionUnsupported` for the signatures of bzip2, xz, lz4 and zip.
    init(firstBytes bytes: [UInt8]) throws(ArchiveError) {
        func begins(with signature: [UInt8]) -> Bool { bytes.starts(with: signature) }
        if begins(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if begins(with: [0x28, 0xb5, 0x2f, 0xfd]) || Self.isSkippableFrame(bytes) {
            self = .zstd
        } else if begins(with: Array("BZh".utf8)) {
            throw ArchiveError(.compressionUnsupported("bzip2"))
        } else if begins(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            throw ArchiveError(.compressionUnsupported("xz"))
        } else if begins(with: [0x04, 0x22, 0x4d, 0x18]) {
            throw ArchiveError(.compressionUnsupported("lz4"))
        } else if begins(with: [0x50, 0x4b, 0x03, 0x04]) {
            throw ArchiveError(.compressionUnsupported("zip"))
        } else {
            self = .none
        }
    }

    /// The layer type of a blob that is compressed so.
    var mediaType: String {
        switch self {
        case .none: MediaType.layer
        case .gzip: MediaType.gzipLayer
        case .zstd: MediaType.zstdLayer
        }
    }

    /// RFC 8478, section 3.1.2: 0x184D2A50 to 0x184D2A5F, little endian.
    private static func isSkippableFrame(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 4 && bytes[0] & 0xf0 == 0x50 && bytes[1...3].elementsEqual([0x2a, 0x4d, 0x18])
    }
}

/// Turns compressed bytes into plain ones.
protocol Decompressor: AnyObject {
    /// Takes bytes off the front of `input` and fills `output` from its start.
    ///
    /// - Returns: How many bytes were put into `output`; 0 where more input is needed.
    func decompress(_ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer)
        throws(ArchiveError) -> Int

    /// Whether the input may end here.
    var isComplete: Bool { get }
}
