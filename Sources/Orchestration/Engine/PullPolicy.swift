import EnvironmentFile

/// When an image is fetched from its registry (`pull_policy` of the Compose Specification).
public enum PullPolicy: Hashable, Sendable {
    /// Where the store lacks it: also what holds where nothing is said.
    case missing
    /// Before every use.
    case always
    case never
    /// It is made here, never fetched.
    case build
    /// Where it was last fetched so many seconds ago or longer.
    case every(seconds: Int64)

    /// Takes the value of `pull_policy`: `always`, `never`, `missing`, `if_not_present`, `build`, `daily`, `weekly`,
    /// `every_` and a time such as `12h` or `1w2d`; `nil` where it is none of these.
    public init?(compose text: String) {
        switch text {
        case "missing", "if_not_present": self = .missing
        case "always", "refresh": self = .always
        case "never": self = .never
        case "build": self = .build
        case "daily": self = .every(seconds: 86400)
        case "weekly": self = .every(seconds: 604_800)
        default:
            guard text.hasPrefix("every_"), let seconds = Self.seconds(text.dropFirst("every_".count)) else {
                return nil
            }
            self = .every(seconds: seconds)
        }
    }

    /// Weeks and days, and what the rest of the file's durations have.
    private static func seconds(_ text: Substring) -> Int64? {
        let units: [Character: Int64] = ["w": 604_800, "d": 86400]
        var rest = text
        var total: Int64 = 0
        while let index = rest.firstIndex(where: { units[$0] != nil }) {
            guard let amount = Int64(rest[..<index]), (0...1_000_000).contains(amount), let unit = units[rest[index]]
            else { return nil }
            total += amount * unit
            rest = rest[rest.index(after: index)...]
        }
        if rest.isEmpty { return text.isEmpty ? nil : total }
        return Duration(compose: String(rest)).map { total + $0.components.seconds }
    }

    /// What is known when it is decided.
    public struct Situation: Hashable, Sendable {
        /// Whether the store has the image.
        public var isStored: Bool
        /// When it was last fetched, in seconds since the epoch; `nil` where it never was.
        public var pulled: Int64?
        /// In seconds since the epoch.
        public var now: Int64
        /// Whether no registry may be asked.
        public var isOffline: Bool

        /// Puts the facts together.
        public init(isStored: Bool, pulled: Int64? = nil, now: Int64, isOffline: Bool = false) {
            (self.isStored, self.pulled, self.now, self.isOffline) = (isStored, pulled, now, isOffline)
        }
    }

    /// What is done.
    public enum Decision: Hashable, Sendable {
        /// The store's image is taken.
        case useStored
        case pull
        /// There is none, and none may be fetched.
        case fail
    }

    /// What is done for an image that has no build.
    public func decision(_ situation: Situation) -> Decision {
        let withoutRegistry: Decision = situation.isStored ? .useStored : .fail
        if situation.isOffline { return withoutRegistry }
        switch self {
        case .always: return .pull
        case .missing: return situation.isStored ? .useStored : .pull
        case .never, .build: return withoutRegistry
        case .every(let seconds):
            guard situation.isStored, let pulled = situation.pulled else { return .pull }
            // A clock that has been set back must not keep an image for ever.
            return (0..<seconds).contains(situation.now - pulled) ? .useStored : .pull
        }
    }
}
