import YAML

extension SourceTexts {
    /// The column after the last character of what begins at a place, on the same line.
    ///
    /// Goes by the characters alone: quotes and braces reach to their end, a plain scalar to where YAML ends it. At
    /// least one character; `nil` where the line is not known.
    ///
    /// - Returns: Counted from 1, in Unicode scalars.
    public func endColumn(at position: SourcePosition) -> Int? {
        guard let line = line(position.line, of: position.file) else { return nil }
        let scalars = Array(line.unicodeScalars.prefix(position.column + Self.longestExtent))
        guard position.column <= scalars.count else { return position.column + 1 }
        let start = position.column - 1
        let length =
            switch scalars[start] {
            case "\"", "'": Self.quoted(scalars[start...])
            case "$": Self.variable(scalars[start...])
            case "[", "{", "-", "|", ">", "*", "&", "!": Self.word(scalars[start...])
            default: Self.plain(scalars[start...], isInFlow: scalars[..<start].contains { $0 == "[" || $0 == "{" })
            }
        return position.column + max(1, length)
    }

    private static let longestExtent = 1000

    private static func quoted(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        guard let quote = rest.first else { return 1 }
        var index = rest.startIndex + 1
        while index < rest.endIndex {
            let next = index + 1 < rest.endIndex ? rest[index + 1] : nil
            if rest[index] == "\\", quote == "\"" {
                index += 1
            } else if rest[index] == quote {
                guard quote == "'", next == "'" else { return index + 1 - rest.startIndex }
                index += 1
            }
            index += 1
        }
        return rest.count
    }

    /// `$NAME`, or `${…}` with all that is nested in it.
    private static func variable(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        guard rest.dropFirst().first == "{" else {
            return 1
                + rest.dropFirst().prefix { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }.count
        }
        var depth = 0
        for (offset, scalar) in rest.enumerated() {
            if scalar == "{" { depth += 1 }
            if scalar == "}" {
                depth -= 1
                if depth == 0 { return offset + 1 }
            }
        }
        return rest.count
    }

    private static func word(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        guard let first = rest.first, first == "*" || first == "&" || first == "!" else { return 1 }
        return rest.prefix { !" \t,]}".unicodeScalars.contains($0) }.count
    }

    /// Up to `: `, ` #`, a flow indicator, or the end.
    private static func plain(_ rest: ArraySlice<Unicode.Scalar>, isInFlow: Bool) -> Int {
        var end = 0
        var last: Unicode.Scalar = " "
        for (offset, scalar) in rest.enumerated() {
            let next = rest.dropFirst(offset + 1).first
            if scalar == ":", next == nil || next == " " || next == "\t" { break }
            if scalar == "#", last == " " || last == "\t" { break }
            if isInFlow, scalar == "," || scalar == "]" || scalar == "}" { break }
            if scalar != " ", scalar != "\t" { end = offset + 1 }
            last = scalar
        }
        return end
    }
}
