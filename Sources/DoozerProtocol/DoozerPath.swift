/// The path of a file or directory of the store: `/` alone, or components each begun by `/`.
///
/// A component is one or more ASCII letters, digits, `.` and `-` (ha/doozerd, doc/data-model.md). `.` and `..` are
/// ordinary names.
public struct DoozerPath: Hashable, Sendable {
    /// The longest path the server takes, in bytes; it bounds how deep the tree can grow.
    public static let maximumLength = 4096

    /// The root directory, `/`.
    public static let root = DoozerPath(trusted: "/")

    /// The path as it travels: ASCII, begun by `/`, with no `/` at its end unless it is the root.
    public let text: String

    /// Takes `text` if it is a path.
    ///
    /// - Returns: `nil` for a character outside the set, an empty component, a missing first `/`, a trailing `/`, or
    ///   more than ``maximumLength`` bytes: what the protocol answers with `BAD_PATH`.
    public init?(_ text: String) {
        guard PathSyntax.accepts(text, isNameByte: PathSyntax.isNameByte) else { return nil }
        self.text = text
    }

    private init(trusted text: String) {
        self.text = text
    }

    /// The names from the root down; empty for the root.
    public var components: [Substring] {
        text.split(separator: "/")
    }

    /// The path of the entry `name` of this directory.
    ///
    /// - Parameter name: A valid component; it is not checked again.
    public func appending(_ name: String) -> DoozerPath {
        self == .root ? DoozerPath(trusted: "/\(name)") : DoozerPath(trusted: "\(text)/\(name)")
    }
}

extension DoozerPath: CustomStringConvertible {
    /// The path's text.
    public var description: String { text }
}

/// What paths and globs have in common: `/`, or one or more components each begun by `/`.
enum PathSyntax {
    static let separator = UInt8(ascii: "/")

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }

    static func accepts(_ text: String, isNameByte: (UInt8) -> Bool) -> Bool {
        let bytes = text.utf8
        guard bytes.first == separator, bytes.count <= DoozerPath.maximumLength else { return false }
        guard bytes.count > 1 else { return true }
        var afterSeparator = false
        for byte in bytes {
            if byte == separator {
                if afterSeparator { return false }
                afterSeparator = true
            } else {
                guard isNameByte(byte) else { return false }
                afterSeparator = false
            }
        }
        return !afterSeparator
    }
}
