/// The content identifier of image-spec `descriptor.md`: `sha256:` and 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 64 hexadecimal digits, lower case: also the blob's file name.
    public let hex: String

    /// Takes the text form.
    ///
    /// - Throws: ``DigestError`` where the algorithm is another one, or the encoded part is not as the specification has
    ///   it. An upper-case digit is a mistake: two spellings of one digest would be two files.
    public init(_ text: String) throws(DigestError) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw DigestError(kind: .malformed, text: text)
        }
        guard bytes[..<colon].elementsEqual("sha256".utf8) else {
            throw DigestError(kind: .algorithmUnsupported, text: text)
        }
        try self.init(hex: bytes[(colon + 1)...], of: text)
    }

    /// Takes the 64 hexadecimal digits.
    public init(hex: String) throws(DigestError) {
        try self.init(hex: Array(hex.utf8)[...], of: hex)
    }

    private init(hex: ArraySlice<UInt8>, of text: String) throws(DigestError) {
        guard hex.count == 64, hex.allSatisfy(Self.isLowercaseHexadecimal) else {
            throw DigestError(kind: .malformed, text: text)
        }
        self.hex = String(decoding: hex, as: UTF8.self)
    }

    /// Takes the 32 bytes that a hash function gave.
    init(rawBytes: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in rawBytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: text, as: UTF8.self)
    }

    /// `sha256:` and the digits.
    public var description: String { "sha256:\(hex)" }

    /// In the order of the digits.
    public static func < (left: Self, right: Self) -> Bool { left.hex < right.hex }

    static func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension Digest: Encodable {
    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A text that is no digest.
public struct DigestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Kind: Hashable, Sendable {
        /// An algorithm other than sha256.
        case algorithmUnsupported
        /// Not `sha256:` and 64 lower-case hexadecimal digits.
        case malformed
    }

    /// What is wrong with the text.
    public var kind: Kind
    /// The text.
    public var text: String

    /// An error of that text.
    public init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// One sentence for a person.
    public var description: String {
        switch kind {
        case .algorithmUnsupported: "'\(text.prefix(100))' is not a sha256 digest; no other algorithm is supported"
        case .malformed:
            "'\(text.prefix(100))' is not a digest: expected 'sha256:' and 64 lower-case hexadecimal digits"
        }
    }
}
