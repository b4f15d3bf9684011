/// The rules for project names in the Compose Specification.
enum ProjectName {
    /// What a name may be, for messages.
    static let rule = "use lower-case letters, digits, '-' and '_', the first a letter or digit"

    /// Checks for `[a-z0-9][a-z0-9_-]*`.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, isStart(first) else { return false }
        return name.utf8.allSatisfy { isStart($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// The nearest valid name: lower case, all other characters dropped; empty where nothing is left.
    static func normalized(_ name: String) -> String {
        let kept = name.lowercased().utf8.filter {
            isStart($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        return String(decoding: kept.drop { !isStart($0) }, as: UTF8.self)
    }

    private static func isStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
