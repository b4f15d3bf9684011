import Glibc
import OCI

/// What tells one environment that stays up from all others: the project's name, its folder and the user.
///
/// Two checkouts whose folders have the same name are two environments, and so are one folder's under two names.
public struct EnvironmentIdentity: Hashable, Sendable {
    /// Bytes of the name that are part of the identifier: it is part of a socket's path, which is short.
    private static let nameLimit = 48
    private static let digitCount = 12

    /// The project's name.
    public let name: String
    /// The project folder's canonical path.
    public let directory: String
    private let digits: String

    /// - Parameters:
    ///   - directory: The project folder; links in it are followed.
    ///   - user: The effective user.
    public init(name: String, directory: String, user: uid_t = geteuid()) {
        self.name = name
        self.directory = Self.canonical(directory)
        digits = Self.digits(of: "\(self.directory)\0\(user)")
    }

    /// The name of its runtime directory, its control groups and its record: the name and twelve hexadecimal digits.
    public var identifier: String { "\(Self.shortened(name))-\(digits)" }

    /// What its own volumes' names end with.
    public var volumeSuffix: String { "-\(digits)" }

    /// What the identifiers of all environments end with that are of this folder and user.
    public static func suffix(directory: String, user: uid_t = geteuid()) -> String {
        "-" + digits(of: "\(canonical(directory))\0\(user)")
    }

    /// What the identifiers of all environments begin with that have this name; twelve digits follow.
    public static func prefix(name: String) -> String { shortened(name) + "-" }

    /// Whether an identifier is one of an environment of that name, wherever its folder is.
    public static func isIdentifier(_ identifier: String, of name: String) -> Bool {
        let prefix = prefix(name: name)
        return identifier.hasPrefix(prefix) && identifier.utf8.count == prefix.utf8.count + digitCount
            && identifier.utf8.suffix(digitCount).allSatisfy { $0 != UInt8(ascii: "-") }
    }

    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > nameLimit else { return name }
        let begin = name.utf8.prefix(nameLimit - digitCount - 1)
        return "\(String(decoding: begin, as: UTF8.self))_\(digits(of: name))"
    }

    private static func digits(of text: String) -> String {
        String(Digest(of: Array(text.utf8)).hex.prefix(digitCount))
    }

    /// The path without links; the path itself where it can't be resolved.
    public static func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
