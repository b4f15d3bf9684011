import YAML

/// The lines of the files that were read, for showing them again.
public struct SourceTexts: Sendable {
    private var texts: [String: [UInt8]] = [:]

    /// Starts without a file.
    public init() {}

    /// Remembers the bytes of a file under the name that positions have.
    public mutating func add(_ bytes: [UInt8], file: String) {
        texts[file] = bytes
    }

    /// The text of a line without its end, invalid bytes replaced; `nil` where there is no such line.
    ///
    /// - Parameter number: Counted from 1.
    public func line(_ number: Int, of file: String) -> String? {
        guard let bytes = texts[file], number > 0 else { return nil }
        var rest = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        for _ in 1..<number {
            guard let end = rest.firstIndex(of: 0x0A) else { return nil }
            rest = rest[(end + 1)...]
        }
        if rest.isEmpty { return nil }
        var line = rest.prefix { $0 != 0x0A }
        if line.last == 0x0D { line.removeLast() }
        // Enough for any window around a caret, whatever the line's length.
        return String(decoding: line.prefix(1 << 20), as: UTF8.self)
    }
}
