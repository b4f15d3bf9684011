/// Patterns of paths as `.dockerignore` has them.
///
/// A pattern that matches a folder matches all that is in it. The last pattern that matches decides; one that begins with
/// `!` takes back. `*` and `?` stand for anything but a slash, `**` for any number of folders, `[…]` for one of several.
public struct IgnorePatterns: Hashable, Sendable {
    /// A pattern that can't be read.
    public struct Invalid: Error, Hashable, Sendable {
        /// As written.
        public var pattern: String
    }

    private struct Rule: Hashable {
        var components: [[Token]]
        var takesBack: Bool
    }

    private enum Token: Hashable {
        case byte(UInt8)
        /// `?`
        case any
        /// `*`
        case anyRun
        case oneOf([ClosedRange<UInt8>], isNegated: Bool)
    }

    private static let anyFolders: [Token] = [.anyRun, .anyRun]

    private var rules: [Rule] = []
    /// Whether a pattern takes back: what is in a folder that matches may not.
    public private(set) var takesBack = false

    /// Takes patterns, each as a line of a file has it, without comments.
    ///
    /// - Throws: ``Invalid``.
    public init(_ patterns: [String]) throws(Invalid) {
        for pattern in patterns {
            var text = Substring(pattern).trimmed
            let isNegated = text.hasPrefix("!")
            if isNegated { text = text.dropFirst().trimmed }
            let components = Self.cleaned(text)
            if components.isEmpty { continue }
            var tokens: [[Token]] = []
            for component in components {
                guard let parsed = component == "**" ? Self.anyFolders : Self.tokens(of: component) else {
                    throw Invalid(pattern: pattern)
                }
                if parsed != Self.anyFolders || tokens.last != Self.anyFolders { tokens.append(parsed) }
            }
            rules.append(Rule(components: tokens, takesBack: isNegated))
            if isNegated { takesBack = true }
        }
    }

    /// Takes the content of a `.dockerignore`: lines, of which those that begin with `#` say nothing.
    public init(file content: String) throws(Invalid) {
        let lines = content.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        try self.init(lines.map(String.init))
    }

    /// Whether nothing is matched.
    public var isEmpty: Bool { rules.isEmpty }

    /// Whether a path is passed over.
    ///
    /// - Parameter path: Relative, of names and single slashes.
    public func matches(_ path: String) -> Bool {
        let components = path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        var isMatched = false
        for rule in rules where rule.takesBack == isMatched {
            if Self.matches(rule.components[...], components[...]) { isMatched = !rule.takesBack }
        }
        return isMatched
    }

    // MARK: Reading

    /// Without empty components and `.`; `..` takes one back, as far as there is one.
    private static func cleaned(_ text: Substring) -> [Substring] {
        var result: [Substring] = []
        for component in text.split(separator: "/") where component != "." {
            if component == ".." { result = result.dropLast() } else { result.append(component) }
        }
        return result
    }

    private static func tokens(of component: Substring) -> [Token]? {
        var tokens: [Token] = []
        var rest = Array(component.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): if tokens.last != .anyRun { tokens.append(.anyRun) }
            case UInt8(ascii: "?"): tokens.append(.any)
            case UInt8(ascii: "["):
                guard let token = oneOf(&rest) else { return nil }
                tokens.append(token)
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst() else { return nil }
                tokens.append(.byte(next))
            default: tokens.append(.byte(byte))
            }
        }
        return tokens
    }

    /// What follows `[`.
    private static func oneOf(_ rest: inout ArraySlice<UInt8>) -> Token? {
        var ranges: [ClosedRange<UInt8>] = []
        let isNegated = rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "]"), !ranges.isEmpty { return .oneOf(ranges, isNegated: isNegated) }
            var low = byte
            if byte == UInt8(ascii: "\\") {
                guard let next = rest.popFirst() else { return nil }
                low = next
            }
            var high = low
            if rest.first == UInt8(ascii: "-"), rest.dropFirst().first != UInt8(ascii: "]") {
                rest.removeFirst()
                guard let next = rest.popFirst(), next >= low else { return nil }
                high = next
            }
            ranges.append(low...high)
        }
        return nil
    }

    // MARK: Matching

    /// Whether the pattern matches the path or a folder that it is in.
    private static func matches(_ pattern: ArraySlice<[Token]>, _ path: ArraySlice<[UInt8]>) -> Bool {
        guard let first = pattern.first else { return true }
        guard let name = path.first else { return false }
        if first == anyFolders {
            // At the end it stands for what is in a folder.
            if pattern.count == 1 { return true }
            return path.indices.contains { matches(pattern.dropFirst(), path[$0...]) }
        }
        return matches(first[...], name[...]) && matches(pattern.dropFirst(), path.dropFirst())
    }

    private static func matches(_ tokens: ArraySlice<Token>, _ name: ArraySlice<UInt8>) -> Bool {
        var (tokens, name) = (tokens, name)
        // Where the last `*` is, and how far it reaches.
        var star: (tokens: ArraySlice<Token>, name: ArraySlice<UInt8>)?
        while !name.isEmpty || !tokens.isEmpty {
            if tokens.first == .anyRun {
                tokens.removeFirst()
                star = (tokens, name)
                continue
            }
            if let token = tokens.first, let byte = name.first, matches(token, byte) {
                tokens.removeFirst()
                name.removeFirst()
                continue
            }
            guard let last = star, !last.name.isEmpty else { return false }
            star = (last.tokens, last.name.dropFirst())
            (tokens, name) = (last.tokens, last.name.dropFirst())
        }
        return true
    }

    private static func matches(_ token: Token, _ byte: UInt8) -> Bool {
        switch token {
        case .byte(let own): own == byte
        case .any, .anyRun: true
        case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }
}

extension Substring {
    /// Without spaces and tabs at its ends.
    fileprivate var trimmed: Substring {
        var result = drop { $0 == " " || $0 == "\t" }
        while let last = result.last, last == " " || last == "\t" || last == "\r" { result.removeLast() }
        return result
    }
}
