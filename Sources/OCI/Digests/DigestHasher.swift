import Crypto

/// Computes a digest of bytes that come in pieces.
public struct DigestHasher: Sendable {
    private var hash = SHA256()

    /// Starts with no bytes.
    public init() {}

    /// Takes the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { hash.update(bufferPointer: $0) } }

    /// The digest of all bytes so far; more may follow.
    public func finalize() -> Digest { Digest(rawBytes: hash.finalize()) }
}

extension Digest {
    /// The digest of `bytes`.
    public init(of bytes: [UInt8]) {
        var hasher = DigestHasher()
        hasher.update(bytes)
        self = hasher.finalize()
    }
}
