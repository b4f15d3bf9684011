import EnvironmentFile
import FoundationEssentials
import LocalStacks

/// Times of `--since` and `--until`.
enum LogTime {
    /// As log entries have it.
    static func text(_ seconds: Double) -> String { LogEntry.timeText(seconds: seconds) }

    /// `10m` ago, `2026-01-02T03:04:05Z`, `2026-01-02`, or seconds since 1970.
    ///
    /// - Returns: Seconds since 1970; `nil` where it is none of these.
    static func parse(_ text: String, now: Double) -> Double? {
        if let duration = Duration(compose: text) { return now - duration / .seconds(1) }
        if let number = Double(text), number.isFinite, number >= 0 { return number }
        let isDay = text.utf8.count == 10
        let isLocal = !text.hasSuffix("Z") && !text.dropFirst(10).contains { $0 == "+" || $0 == "-" }
        let full = isDay ? text + "T00:00:00Z" : (isLocal ? text + "Z" : text)
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            do {
                return try style.parse(full).timeIntervalSince1970
            } catch {
                // The other form.
            }
        }
        return nil
    }
}
