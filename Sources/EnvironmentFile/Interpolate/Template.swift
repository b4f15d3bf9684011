/// A text with variables in it, by the interpolation rules of the Compose Specification.
///
/// `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`,
/// `${NAME:+other}`, `${NAME+other}`, nested in each other; `$$` is a dollar sign, and so is a `$` that neither a
/// name nor a brace follows.
struct Template {
    /// Something that the expansion found.
    struct Finding: Hashable {
        enum Kind: Hashable {
            /// A `${` that begins none of the forms.
            case invalid
            /// No value and no default: the empty string was put in.
            case unset(String)
            /// `?` without a value; the message may be empty.
            case required(String, message: String)
            /// The text with the variables in it is larger than allowed.
            case tooLarge
        }

        var kind: Kind
        /// Where the `$` is, in bytes from the start of the text.
        var offset: Int
    }

    /// A variable in the text.
    struct Use: Hashable {
        /// What was put in for it.
        enum Outcome: Hashable {
            case value(String)
            /// What `-` gives where there is no value.
            case fallback(String)
            /// What `+` gives where there is one, or nothing.
            case alternative(String)
            /// Nothing: there is no value.
            case nothing
        }

        var name: String
        /// As it is written.
        var text: String
        /// Where the `$` is, in bytes from the start of the text.
        var offset: Int
        var outcome: Outcome
    }

    /// Bytes that a text may have with its variables in it.
    static let sizeLimit = 1 << 20
    /// Deeper nesting than this is taken for a mistake.
    static let depthLimit = 64

    private let bytes: [UInt8]
    private let limit: Int
    private let lookup: (String) -> String?
    private var written = 0
    private var position = 0
    private var findings: [Finding] = []
    private var uses: [Use] = []

    private init(_ text: String, limit: Int, lookup: @escaping (String) -> String?) {
        bytes = Array(text.utf8)
        self.limit = limit
        self.lookup = lookup
    }

    /// Puts in the variables.
    ///
    /// Only the branches that are taken are looked at: an unset variable in a default that is not needed is nothing.
    /// Values that would make the text larger than `limit` are left out.
    static func expand(
        _ text: String, limit: Int = sizeLimit, lookup: @escaping (String) -> String?
    ) -> (String, [Finding]) {
        guard text.utf8.contains(dollar) else { return (text, []) }
        var template = Template(text, limit: limit, lookup: lookup)
        var output: [UInt8] = []
        template.run(into: &output, isActive: true, untilBrace: false, depth: 0)
        return (String(decoding: output, as: UTF8.self), template.findings)
    }

    /// The variables in a text that have a say in what it becomes, in their order.
    static func uses(in text: String, lookup: @escaping (String) -> String?) -> [Use] {
        var template = Template(text, limit: sizeLimit, lookup: lookup)
        var output: [UInt8] = []
        template.run(into: &output, isActive: true, untilBrace: false, depth: 0)
        return template.uses.sorted { $0.offset < $1.offset }
    }

    private mutating func note(_ name: String, from start: Int, _ outcome: Use.Outcome) {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        uses.append(Use(name: name, text: text, offset: start, outcome: outcome))
    }

    private static let dollar = UInt8(ascii: "$")
    private static let close = UInt8(ascii: "}")

    /// Copies up to the end, or up to the brace that closes the enclosing variable.
    private mutating func run(into output: inout [UInt8], isActive: Bool, untilBrace: Bool, depth: Int) {
        while position < bytes.count {
            let byte = bytes[position]
            if untilBrace, byte == Self.close { return }
            if byte == Self.dollar {
                variable(into: &output, isActive: isActive, depth: depth)
            } else {
                if isActive { output.append(byte) }
                position += 1
            }
        }
    }

    private mutating func variable(into output: inout [UInt8], isActive: Bool, depth: Int) {
        let start = position
        position += 1
        if position < bytes.count, bytes[position] == UInt8(ascii: "{") {
            position += 1
            braced(from: start, into: &output, isActive: isActive, depth: depth)
        } else if let name = takeName() {
            if isActive { output += plainValue(of: name, at: start) }
        } else {
            if position < bytes.count, bytes[position] == Self.dollar { position += 1 }
            if isActive { output.append(Self.dollar) }
        }
    }

    private mutating func braced(from start: Int, into output: inout [UInt8], isActive: Bool, depth: Int) {
        guard depth < Self.depthLimit, let name = takeName(), position < bytes.count else {
            return invalid(at: start, isActive)
        }
        if bytes[position] == Self.close {
            position += 1
            if isActive { output += plainValue(of: name, at: start) }
            return
        }
        let treatsEmptyAsUnset = bytes[position] == UInt8(ascii: ":")
        if treatsEmptyAsUnset { position += 1 }
        guard position < bytes.count, [UInt8]("-?+".utf8).contains(bytes[position]) else {
            return invalid(at: start, isActive)
        }
        let operation = bytes[position]
        position += 1
        let value = isActive ? lookup(name) : nil
        let isSet = value.map { !treatsEmptyAsUnset || !$0.isEmpty } ?? false
        let usesWord = operation == UInt8(ascii: "+") ? isSet : !isSet
        var word: [UInt8] = []
        run(into: &word, isActive: isActive && usesWord, untilBrace: true, depth: depth + 1)
        guard position < bytes.count else { return invalid(at: start, isActive) }
        position += 1
        guard isActive else { return }
        let text = String(decoding: word, as: UTF8.self)
        switch operation {
        case UInt8(ascii: "+"): note(name, from: start, .alternative(text))
        case UInt8(ascii: "-") where usesWord: note(name, from: start, .fallback(text))
        default: note(name, from: start, isSet ? .value(value ?? "") : .nothing)
        }
        switch operation {
        case UInt8(ascii: "?") where !isSet:
            findings.append(Finding(kind: .required(name, message: text), offset: start))
        case UInt8(ascii: "+"): output += word
        case _ where usesWord: output += word
        default: output += value.map { bounded($0, at: start) } ?? []
        }
    }

    private mutating func plainValue(of name: String, at offset: Int) -> [UInt8] {
        let value = lookup(name)
        note(name, from: offset, value.map(Use.Outcome.value) ?? .nothing)
        if let value { return bounded(value, at: offset) }
        findings.append(Finding(kind: .unset(name), offset: offset))
        return []
    }

    private mutating func bounded(_ value: String, at offset: Int) -> [UInt8] {
        written += value.utf8.count
        guard written > limit else { return Array(value.utf8) }
        if !findings.contains(where: { $0.kind == .tooLarge }) {
            findings.append(Finding(kind: .tooLarge, offset: offset))
        }
        return []
    }

    /// After one of these the rest of the text can't be understood either.
    private mutating func invalid(at offset: Int, _ isActive: Bool) {
        if findings.last?.kind != .invalid { findings.append(Finding(kind: .invalid, offset: offset)) }
        position = bytes.count
    }

    private mutating func takeName() -> String? {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position], first: position == start) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    private static func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !first
        default: false
        }
    }
}
