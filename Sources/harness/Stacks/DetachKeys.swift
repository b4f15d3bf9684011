/// The keys that end `attach` and leave the container running, in their order.
struct DetachKeys: Hashable {
    private let sequence: [UInt8]
    /// How many of them have been typed in a row.
    private var matched = 0

    /// Ctrl-P, Ctrl-Q, as Docker has it.
    static let standard = DetachKeys(sequence: [16, 17])

    private init(sequence: [UInt8]) { self.sequence = sequence }

    /// Reads keys as Docker writes them: single characters, or `ctrl-` and one of `a`…`z`, `@`, `[`, `\`, `]`, `^`, `_`,
    /// with commas between them.
    ///
    /// - Returns: `nil` for anything else.
    init?(_ text: String) {
        var sequence: [UInt8] = []
        for key in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isControl = key.count == 6 && key.lowercased().hasPrefix("ctrl-")
            guard key.count == 1 || isControl, let code = key.last?.asciiValue else { return nil }
            guard isControl else {
                sequence.append(code)
                continue
            }
            // Control characters are 64 below the capitals (ascii(7)).
            let capital = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(code) ? code - 32 : code
            guard (64..<96).contains(capital) else { return nil }
            sequence.append(capital - 64)
        }
        self.init(sequence: sequence)
    }

    /// Takes what was typed.
    ///
    /// - Returns: What is to be passed on, and whether the keys were among it; the beginning of them is held back until
    ///   it is known.
    mutating func filter(_ typed: [UInt8]) -> (passed: [UInt8], isDetached: Bool) {
        var passed: [UInt8] = []
        for byte in typed {
            if byte == sequence[matched] {
                matched += 1
                if matched == sequence.count { return (passed, true) }
                continue
            }
            passed += sequence[..<matched]
            matched = byte == sequence[0] ? 1 : 0
            if matched == 0 { passed.append(byte) }
        }
        return (passed, false)
    }
}
