import EnvironmentFile

/// Lines that a program has printed as they can stand beside others on a terminal.
///
/// Colours and the like stay (ECMA-48, SGR). What would move the cursor, clear the screen or speak to the terminal goes:
/// it was meant for a screen of the program's own.
public enum TerminalText {
    private enum Piece {
        case style(String)
        case shown(Character, width: Int)
    }

    /// Breaks a line into rows.
    ///
    /// - Parameters:
    ///   - columns: The width of a row, 2 or more.
    ///   - keepsStyles: `false`: colours go too.
    /// - Returns: One row or more; each begins with the styles that it needs and leaves none behind.
    public static func rows(of line: String, columns: Int, keepsStyles: Bool = true) -> [String] {
        if line.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return plainRows(line, columns) }
        var rows: [String] = []
        var (row, width, styles) = ("", 0, "")
        for piece in pieces(of: line) {
            switch piece {
            case .style(let sequence):
                guard keepsStyles else { continue }
                styles = isReset(sequence) ? "" : styles + sequence
                row += sequence
            case .shown(let character, let wide):
                if width + wide > columns {
                    rows.append(closed(row))
                    (row, width) = (styles, 0)
                }
                row.append(character)
                width += wide
            }
        }
        return rows + [closed(row)]
    }

    /// A text without control characters in at most so many columns, with … where something is missing.
    public static func cut(_ text: String, columns: Int) -> String {
        guard DisplayWidth.of(text) > columns else { return text }
        var (result, width) = ("", 0)
        for character in text {
            let wide = DisplayWidth.of(String(character))
            if width + wide > columns - 1 { break }
            result.append(character)
            width += wide
        }
        return columns > 0 ? result + "…" : ""
    }

    private static func plainRows(_ line: String, _ columns: Int) -> [String] {
        guard line.utf8.count > columns else { return [line] }
        var rows: [String] = []
        var rest = Substring(line)
        while !rest.isEmpty {
            rows.append(String(rest.prefix(columns)))
            rest = rest.dropFirst(columns)
        }
        return rows
    }

    private static func closed(_ row: String) -> String { row.utf8.contains(0x1b) ? row + "\u{1b}[0m" : row }

    private static func isReset(_ sequence: String) -> Bool { ["\u{1b}[m", "\u{1b}[0m"].contains(sequence) }

    private static func pieces(of line: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(line)
        var column = 0
        var returns = false
        while let character = rest.first {
            if character == "\u{1b}" {
                if let style = takeSequence(&rest) { pieces.append(.style(style)) }
                continue
            }
            rest.removeFirst()
            if character == "\r" { returns = true }
            guard let shown = shown(character, column: column, after: &pieces) else { continue }
            if returns {
                // What comes now is written over what was there.
                pieces.removeAll { if case .shown = $0 { true } else { false } }
                (column, returns) = (0, false)
            }
            for character in shown {
                let width = DisplayWidth.of(String(character))
                pieces.append(.shown(character, width: width))
                column += width
            }
        }
        return pieces
    }

    /// What a terminal shows of a character; `nil`: nothing.
    private static func shown(_ character: Character, column: Int, after pieces: inout [Piece]) -> String? {
        switch character {
        case "\t": return String(repeating: " ", count: 8 - column % 8)
        case "\u{8}":
            if case .shown = pieces.last { pieces.removeLast() }
            return nil
        default:
            let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
            return isControl ? nil : String(character)
        }
    }

    /// Takes an escape sequence (ECMA-48, 5.3 and 5.4).
    ///
    /// - Returns: The sequence where it sets a style.
    private static func takeSequence(_ rest: inout Substring) -> String? {
        let start = rest.startIndex
        rest.removeFirst()
        switch rest.first {
        case "[":
            rest.removeFirst()
            let parameters = rest.prefix { $0.asciiValue.map { (0x20...0x3f).contains($0) } ?? false }
            rest = rest[parameters.endIndex...]
            guard let final = rest.popFirst(), final == "m" else { return nil }
            let isStyle = parameters.allSatisfy { $0.isNumber || $0 == ";" || $0 == ":" }
            return isStyle ? String(rest.base[start..<rest.startIndex]) : nil
        case "]", "P", "X", "^", "_":
            // A text for the terminal, up to BEL or ESC \.
            rest = rest.drop { $0 != "\u{7}" && $0 != "\u{1b}" }
            if rest.popFirst() == "\u{1b}", rest.first == "\\" { rest.removeFirst() }
        case nil: break
        default:
            rest = rest.drop { $0.asciiValue.map { (0x20...0x2f).contains($0) } ?? false }
            _ = rest.popFirst()
        }
        return nil
    }
}
