/// A pattern over paths, as WAIT and WALK take it.
///
/// `?` is one character of a component, `*` any number of characters of one component, `**` any number of characters
/// of any number of components; everything else is itself (ha/doozerd, doc/proto.md). `/a**` so matches `/a`, `/ab`
/// and `/a/b`; `/**` matches every path, the root included.
public struct Glob: Hashable, Sendable {
    /// The pattern as it travels.
    public let text: String
    /// The directory below which every match lies: the components before the first wildcard's.
    public let literalPrefix: [Substring]
    /// Whether there is no wildcard, so that the pattern matches just the path of the same text.
    public let isLiteral: Bool

    private let tokens: [Token]

    private enum Token: Hashable, Sendable {
        case byte(UInt8)
        case oneCharacter
        case withinComponent
        case acrossComponents

        var isStar: Bool {
            self == .withinComponent || self == .acrossComponents
        }

        func takes(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let expected): byte == expected
            case .oneCharacter, .withinComponent: byte != PathSyntax.separator
            case .acrossComponents: true
            }
        }
    }

    /// Takes `text` if it is a glob: a path whose components may also have `?` and `*`.
    ///
    /// - Returns: `nil` for what the protocol answers with `BAD_PATH`.
    public init?(_ text: String) {
        guard PathSyntax.accepts(text, isNameByte: { PathSyntax.isNameByte($0) || Glob.isWildcard($0) }) else {
            return nil
        }
        self.text = text
        isLiteral = !text.utf8.contains(where: Glob.isWildcard)
        // The last component names the match itself, so it is no directory even when it is literal.
        literalPrefix = Array(
            text.split(separator: "/").dropLast().prefix { !$0.utf8.contains(where: Glob.isWildcard) })
        tokens = Glob.tokens(of: text)
    }

    /// Whether the whole of `path` matches.
    ///
    /// Takes time in proportion to the product of both lengths at worst, whatever the pattern.
    public func matches(_ path: DoozerPath) -> Bool {
        if isLiteral { return path.text == text }
        var text = path.text
        return text.withUTF8 { matches($0) }
    }

    private static func isWildcard(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "?") || byte == UInt8(ascii: "*")
    }

    /// Pairs stars from the left; any three or more in a row match what `**` does.
    ///
    /// No two stars are left side by side.
    private static func tokens(of text: String) -> [Token] {
        var tokens: [Token] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "?"):
                tokens.append(.oneCharacter)
            case UInt8(ascii: "*") where tokens.last == .withinComponent:
                tokens[tokens.count - 1] = .acrossComponents
            case UInt8(ascii: "*") where tokens.last == .acrossComponents:
                break
            case UInt8(ascii: "*"):
                tokens.append(.withinComponent)
            default:
                tokens.append(.byte(byte))
            }
        }
        return tokens
    }

    /// Follows all ways to match at once, so that no pattern can make it go back over the path.
    ///
    /// `reached[n]` says whether the bytes so far can be matched by the first `n` tokens.
    private func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: tokens.count + 1) { reached in
            reached.initialize(repeating: false)
            reached[0] = true
            skipStars(reached)
            for byte in bytes {
                guard advance(reached, over: byte) else { return false }
                skipStars(reached)
            }
            return reached[tokens.count]
        }
    }

    /// Takes one byte.
    ///
    /// Goes from the last token to the first, so that `reached` still holds the former state below.
    ///
    /// - Returns: Whether any way to match is left.
    private func advance(_ reached: UnsafeMutableBufferPointer<Bool>, over byte: UInt8) -> Bool {
        var any = false
        for index in stride(from: tokens.count, through: 0, by: -1) {
            let stays = index < tokens.count && reached[index] && tokens[index].isStar && tokens[index].takes(byte)
            let moves = index > 0 && reached[index - 1] && !tokens[index - 1].isStar && tokens[index - 1].takes(byte)
            reached[index] = stays || moves
            any = any || stays || moves
        }
        return any
    }

    /// A star may take nothing.
    private func skipStars(_ reached: UnsafeMutableBufferPointer<Bool>) {
        for index in tokens.indices where reached[index] && tokens[index].isStar {
            reached[index + 1] = true
        }
    }
}

extension Glob: CustomStringConvertible {
    /// The pattern's text.
    public var description: String { text }
}
