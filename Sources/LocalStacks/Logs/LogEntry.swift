import CLinux
import Glibc
import Orchestration

/// A line that a container printed, with its time, as it is kept: one line of JSON
/// `{"time":"2026-01-02T03:04:05.123456Z","stream":"stdout","text":"…"}`.
public struct LogEntry: Hashable, Sendable {
    /// RFC 3339 in UTC with six digits of a second, so that equal lengths make the order of time that of the text.
    public var time: String
    /// Where it was printed.
    public var stream: LogLine.Stream
    /// Without the line feed.
    public var text: String

    private static let timeKey = Array(#"{"time":""#.utf8)
    private static let streamKey = Array(#"","stream":""#.utf8)
    private static let textKey = Array(#"","text":""#.utf8)
    private static let end = Array(#""}"#.utf8)

    /// Takes each property; see there.
    public init(time: String, stream: LogLine.Stream, text: String) {
        self.time = time
        self.stream = stream
        self.text = text
    }

    /// A time as entries have it, of seconds since 1970.
    public static func timeText(seconds: Double) -> String { LogClock.text(seconds: seconds) }

    /// Appends the line with its line feed.
    static func append(time: [UInt8], _ line: LogLine, to bytes: inout [UInt8]) {
        bytes += timeKey
        bytes += time
        bytes += streamKey
        bytes += line.stream.rawValue.utf8
        bytes += textKey
        var text = line.text
        text.withUTF8 { appendEscaped($0, to: &bytes) }
        bytes += end
        bytes.append(UInt8(ascii: "\n"))
    }

    /// As RFC 8259 has strings: quotes, backslashes and control characters are escaped, nothing else.
    private static func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        var plain = text.startIndex
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes += text[plain..<index]
            plain = index + 1
            if byte < 0x20 {
                bytes += #"\u00"#.utf8
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            } else {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            }
        }
        bytes += text[plain...]
    }

    /// Reads a line without its line feed.
    ///
    /// - Returns: `nil` where it is none: cut by a crash, or somebody else's.
    init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.timeKey) else { return nil }
        var rest = line.dropFirst(Self.timeKey.count)
        guard let time = Self.take(upTo: Self.streamKey, from: &rest),
            let stream = Self.take(upTo: Self.textKey, from: &rest),
            let kind = LogLine.Stream(rawValue: String(decoding: stream, as: UTF8.self)),
            rest.count >= Self.end.count, rest.suffix(Self.end.count).elementsEqual(Self.end),
            let text = Self.unescaped(rest.dropLast(Self.end.count))
        else { return nil }
        self.init(time: String(decoding: time, as: UTF8.self), stream: kind, text: text)
    }

    /// What comes before a key that follows within 64 bytes.
    private static func take(upTo key: [UInt8], from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let quote = rest.prefix(64).firstIndex(of: UInt8(ascii: "\"")), rest[quote...].starts(with: key) else {
            return nil
        }
        defer { rest = rest[(quote + key.count)...] }
        return rest[..<quote]
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard index < bytes.endIndex else { return nil }
            let escaped = bytes[index]
            index += 1
            guard escaped == UInt8(ascii: "u") else {
                result.append(escaped)
                continue
            }
            let digits = bytes[index...].prefix(4)
            guard digits.count == 4, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            result.append(value)
            index += 4
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Writes times as log entries have them; the part that changes once a second is made once a second.
struct LogClock {
    private var second: time_t = -1
    private var prefix: [UInt8] = []

    /// A time as RFC 3339 has it, in UTC, with microseconds.
    mutating func text(_ time: timespec) -> [UInt8] {
        if time.tv_sec != second {
            second = time.tv_sec
            prefix = Array(Self.date(second).utf8)
        }
        var result = prefix
        var rest = time.tv_nsec / 1000
        var digits = [UInt8](repeating: UInt8(ascii: "0"), count: 6)
        for place in digits.indices.reversed() {
            digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        result += digits
        result.append(UInt8(ascii: "Z"))
        return result
    }

    /// Up to the dot before the parts of a second.
    private static func date(_ second: time_t) -> String {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        func padded(_ value: CInt, _ width: Int = 2) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(width - digits.count, 0)) + digits
        }
        return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
            + "T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))."
    }

    /// Seconds since 1970 as a log entry has its time.
    static func text(seconds: Double) -> String {
        let whole = seconds.rounded(.down)
        var clock = LogClock()
        let time = timespec(tv_sec: time_t(whole), tv_nsec: Int((seconds - whole) * 1e9))
        return String(decoding: clock.text(time), as: UTF8.self)
    }
}
