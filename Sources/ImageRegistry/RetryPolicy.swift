import FoundationEssentials

/// How often, and after which time, a request that failed for a reason that passes is made again.
public struct RetryPolicy: Hashable, Sendable {
    /// Requests in all.
    public var attempts = 5
    /// Before the second request; doubled for each further one.
    public var base: Duration = .seconds(1)
    /// The longest time that a registry may ask to wait (`Retry-After`); more ends the work.
    public var longestWait: Duration = .seconds(300)

    /// Five requests; 1, 2, 4 and 8 seconds between them, give or take a quarter.
    public init() {}

    /// The time before the request that follows `attempt` failed ones.
    func delay(after attempt: Int) -> Duration {
        base * (1 << min(attempt - 1, 10)) * Double.random(in: 0.75...1.25)
    }

    /// Reads a `Retry-After` field: seconds, or a date (RFC 9110, section 10.2.3).
    static func seconds(_ text: String, now: Date = Date()) -> Int? {
        if let seconds = Int(text), seconds >= 0 { return seconds }
        guard let date = HTTPDate.parse(text) else { return nil }
        return max(0, Int(date.timeIntervalSince(now).rounded(.up)))
    }
}

/// Dates as HTTP has them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func parse(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let clock = words[4].split(separator: ":").map { Int($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            (1...31).contains(day), (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        return Date(
            timeIntervalSince1970: Double(((days(year, month + 1, day) * 24 + hour) * 60 + minute) * 60 + second))
    }

    /// Days since 1 January 1970 in the Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
