/// Why a text is no document, where, and what to do.
public struct ParseError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// libyaml's reason, and in what it was reading when that began on an earlier line.
        case syntax(String, context: String?)
        case notUTF8
        case utf16
        case controlCharacter(UInt32)
        case tooLarge(limit: Int)
        case tooDeep(limit: Int)
        case scalarTooLarge(limit: Int)
        case tooManyNodes(limit: Int)
        case aliasExpansion
        case tooManyDirectives(limit: Int)
        case severalDocuments
        case duplicateKey(String, first: SourcePosition)
        case undefinedAlias(String)
        case recursiveAlias(String)
        case mergeValue
        case tagMismatch(tag: String, text: String)
        case outOfMemory
    }

    /// What is wrong.
    public var kind: Kind
    /// The first character concerned.
    public var position: SourcePosition

    /// Describes a mistake at a place.
    public init(_ kind: Kind, at position: SourcePosition) {
        self.kind = kind
        self.position = position
    }

    /// One sentence without the position.
    public var message: String {
        switch kind {
        case .syntax(let problem, let context): context.map { "\(problem) \($0)" } ?? problem
        case .notUTF8: "this byte is not UTF-8"
        case .utf16: "the file is UTF-16"
        case .controlCharacter(0): "the file contains a NUL byte"
        case .controlCharacter(let code): "control character U+\(Self.hexadecimal(code)) is not allowed"
        case .tooLarge(let limit): "the file is larger than \(limit >> 20) MiB"
        case .tooDeep(let limit): "nested more than \(limit) levels deep"
        case .scalarTooLarge(let limit): "this value is larger than \(limit >> 20) MiB"
        case .tooManyNodes(let limit): "the document has more than \(limit) nodes"
        case .aliasExpansion: "aliases make the document far larger than it is written"
        case .tooManyDirectives(let limit): "more than \(limit) directives"
        case .severalDocuments: "a second document begins here, but one file holds one document"
        case .duplicateKey(let key, let first): "key '\(key)' is already given on line \(first.line)"
        case .undefinedAlias(let name): "alias '*\(name)' has no anchor '&\(name)' before it"
        case .recursiveAlias(let name): "alias '*\(name)' stands inside of what it refers to"
        case .mergeValue: "'<<' takes a mapping or a list of mappings"
        case .tagMismatch(let tag, let text): "'\(text)' is not a value of \(tag)"
        case .outOfMemory: "not enough memory to read the file"
        }
    }

    /// What to try next, where that can be known.
    public var remedy: String? {
        switch kind {
        case .syntax(let problem, _) where problem.contains("tab"): "indent with spaces"
        case .syntax(let problem, _) where problem.contains("start a value"): "put the value in quotes"
        case .syntax(let problem, _) where problem.hasPrefix("did not find expected alphabetic or numeric character"):
            "put the value in quotes if it is text"
        case .syntax(let problem, _) where problem.hasPrefix("mapping values are not allowed"):
            "check the indentation and the ':' before it; a value that contains ': ' must be in quotes"
        case .syntax(let problem, _) where problem.hasPrefix("did not find expected key"):
            "indent it like the keys that it belongs to"
        case .syntax(let problem, _) where problem.hasPrefix("did not find expected ',' or '"):
            "close the bracket before this"
        case .syntax(let problem, _) where problem.hasPrefix("found unexpected end of stream"): "close the quote"
        case .notUTF8, .utf16: "save the file as UTF-8"
        case .severalDocuments: "move it to a file of its own"
        case .duplicateKey: "remove one of the two, or rename it"
        case .undefinedAlias(let name):
            "put the value in quotes if it is text, or define '&\(name)' earlier in this file"
        case .mergeValue: "merge an alias of a mapping: '<<: *name'"
        default: nil
        }
    }

    private static func hexadecimal(_ code: UInt32) -> String {
        let digits = String(code, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
