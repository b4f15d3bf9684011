/// Splits a string into words as a shell does, without putting in anything.
enum ShellWords {
    /// The words, or `nil` where a quote is not closed.
    ///
    /// Blanks part words; single quotes keep everything, double quotes all but a backslash before `"`, `\`, `$`, a
    /// backtick or a line's end; a backslash elsewhere keeps the next character.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Unicode.Scalar?
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
                if quote == "\"", !"\"\\$`\n".unicodeScalars.contains(scalar) { word = (word ?? "") + "\\" }
                if scalar != "\n" { word = (word ?? "") + String(scalar) }
                continue
            }
            switch (scalar, quote) {
            case ("\\", nil), ("\\", "\""): isEscaped = true
            case ("'", nil), ("\"", nil):
                quote = scalar
                word = word ?? ""
            case (_, let open?) where scalar == open: quote = nil
            case (" ", nil), ("\t", nil), ("\n", nil), ("\r", nil):
                if let complete = word { words.append(complete) }
                word = nil
            default:
                var current = word ?? ""
                current.unicodeScalars.append(scalar)
                word = current
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let word { words.append(word) }
        return words
    }
}
