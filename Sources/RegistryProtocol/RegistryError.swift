/// Something that a registry, or the way to it, did not give; and what to do about it.
public struct RegistryError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What went wrong, for exit codes and for what is tried next.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The registry has no such repository, tag or content.
        case notFound
        /// It wants credentials, or does not take the ones it was given.
        case unauthorized
        /// It knows who asks and does not allow it.
        case denied
        /// No connection, or one that broke, as often as it was tried.
        case unreachable
        /// TLS: the certificate is not one that this host trusts.
        case untrusted
        /// The answer is not what the specification has the registry answer.
        case answerInvalid
        /// The answer is larger, or slower, than what is accepted.
        case limitExceeded
        /// Content that is not what its digest says.
        case digestMismatch
        /// Still too many requests after the last try.
        case throttled
        /// An image that is of a kind which this program does not take.
        case unsupported
        /// A file of settings or credentials, or a certificate, can't be used.
        case configuration
        /// The helper program is missing or has died.
        case helper
        /// The caller asked to stop.
        case cancelled
    }

    /// What went wrong.
    public var kind: Kind
    /// One sentence for a person, without the remedy.
    public var message: String
    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String?

    /// Takes each property; see there.
    public init(_ kind: Kind, _ message: String, remedy: String? = nil) {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    /// The sentence.
    public var description: String { message }
}

extension String {
    /// What a registry has said, fit for a terminal: one line, no control characters, at most `limit` characters.
    public func printable(limit: Int = 200) -> String {
        var text = ""
        for scalar in unicodeScalars.prefix(limit) {
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            text.unicodeScalars.append(isControl ? " " : scalar)
        }
        return text
    }
}
