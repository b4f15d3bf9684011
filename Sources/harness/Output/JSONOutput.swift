import FoundationEssentials

/// JSON with sorted keys, so that equal values give equal text.
enum JSONOutput {
    /// One line.
    static func line(_ value: some Encodable) throws -> String { try text(value, []) }

    /// Indented, for a single document.
    static func document(_ value: some Encodable) throws -> String { try text(value, .prettyPrinted) }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, formatting]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
