import YAML

/// Leaves read as the type that is wanted, whether they were written so or came out of a variable.
enum ScalarText {
    /// Also the words that Compose still takes in text.
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "y", "yes", "on", "1": true
        case "false", "n", "no", "off", "0": false
        default: nil
        }
    }

    /// A whole number by the core schema's rules.
    static func integer(_ text: String) -> Int64? {
        if case .int(let value) = CoreSchema.number(text) { value } else { nil }
    }
}
