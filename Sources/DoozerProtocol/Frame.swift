/// The envelope of a message: its length as four bytes, most significant first, and then so many bytes.
public enum Frame {
    /// Bytes of the length before each message.
    public static let headerLength = 4

    /// The length a header announces, if a message may be so long.
    ///
    /// - Parameters:
    ///   - header: The four bytes as a big-endian number.
    ///   - limit: The longest message taken, in bytes.
    /// - Throws: ``FrameError/tooLong(length:limit:)``.
    public static func messageLength(header: UInt32, limit: Int) throws(FrameError) -> Int {
        let length = Int(header)
        guard length <= limit else { throw .tooLong(length: length, limit: limit) }
        return length
    }

    /// The header of a message of `length` bytes, in the order they travel.
    public static func header(length: Int) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: length)
        return [UInt8(length >> 24), UInt8(length >> 16 & 0xff), UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
    }
}

/// Why bytes from a peer are no message.
///
/// There is no way to find the next message after one, so the connection ends.
public enum FrameError: Error, Hashable, Sendable {
    /// A header announces `length` bytes, more than `limit`.
    case tooLong(length: Int, limit: Int)
    /// The bytes of a frame are not Protocol Buffers that the expected message can be read from.
    case malformed(length: Int)
}

extension FrameError: CustomStringConvertible {
    /// What is wrong, as it is logged.
    public var description: String {
        switch self {
        case .tooLong(let length, let limit):
            "message of \(length) bytes, of at most \(limit)"
        case .malformed(let length):
            "malformed message of \(length) bytes"
        }
    }
}
