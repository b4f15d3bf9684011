import Glibc
import YAML

/// The lines of the files that were read, for showing them again.
public struct SourceTexts: Sendable {
    private var texts: [String: [UInt8]] = [:]
    /// The offset of each line, for files of which lines will be shown.
    private var lineStarts: [String: [Int]] = [:]

    /// Starts without a file.
    public init() {}

    /// Remembers the bytes of a file under the name that positions have.
    public mutating func add(_ bytes: [UInt8], file: String) {
        texts[file] = bytes
    }

    /// Remembers the files of another one, too.
    mutating func add(_ others: SourceTexts) { texts.merge(others.texts) { first, _ in first } }

    /// Prepares for showing many lines; without it each one is searched for from the start.
    mutating func indexLines() {
        for (file, bytes) in texts {
            var starts = [0]
            bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                var offset = 0
                while let end = memchr(base + offset, 0x0A, buffer.count - offset) {
                    offset = base.distance(to: UnsafeRawPointer(end)) + 1
                    starts.append(offset)
                }
            }
            lineStarts[file] = starts
        }
    }

    /// The text of a line without its end, invalid bytes replaced; `nil` where there is no such line.
    ///
    /// - Parameter number: Counted from 1.
    public func line(_ number: Int, of file: String) -> String? {
        guard let bytes = texts[file], number > 0 else { return nil }
        guard let start = start(of: number, in: bytes, file) else { return nil }
        var rest = bytes[start...]
        if number == 1, rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        if rest.isEmpty { return nil }
        var line = rest.prefix { $0 != 0x0A }
        if line.last == 0x0D { line.removeLast() }
        // Enough for any window around a caret, whatever the line's length.
        return String(decoding: line.prefix(1 << 20), as: UTF8.self)
    }

    private func start(of number: Int, in bytes: [UInt8], _ file: String) -> Int? {
        if let starts = lineStarts[file] { return number <= starts.count ? starts[number - 1] : nil }
        var start = 0
        for _ in 1..<number {
            guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
            start = end + 1
        }
        return start
    }
}
