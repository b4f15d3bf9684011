/// What a terminal without bottom shows of an output: just enough of ECMA-48 for what the harness writes.
struct TerminalScreen {
    private var rows: [[Character]] = [[]]
    private var row = 0
    private var column = 0
    private let columns: Int

    init(_ text: String, columns: Int) {
        self.columns = columns
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n": feed()
            case "\r\n":
                column = 0
                feed()
            case "\u{1b}": obey(&rest)
            default: show(character)
            }
        }
    }

    /// From the top, without spaces at their ends and empty lines at the bottom.
    var lines: [String] {
        var lines = rows.map { row in
            String(row.reversed().drop { $0 == " " }.reversed())
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private mutating func feed() {
        row += 1
        if row == rows.count { rows.append([]) }
    }

    private mutating func show(_ character: Character) {
        // Enough for the tests' Japanese.
        let isWide = character.unicodeScalars.allSatisfy { (0x2e80...0xffef).contains($0.value) }
        let width = isWide ? 2 : 1
        if column + width > columns {
            column = 0
            feed()
        }
        while rows[row].count < column { rows[row].append(" ") }
        if column < rows[row].count { rows[row][column] = character } else { rows[row].append(character) }
        column += width
    }

    private mutating func obey(_ rest: inout Substring) {
        guard rest.popFirst() == "[" else { return }
        let parameters = rest.prefix { !$0.isLetter }
        rest = rest[parameters.endIndex...]
        switch rest.popFirst() {
        case "A": row = max(row - (Int(parameters) ?? 1), 0)
        case "H": (row, column) = (0, 0)
        case "K": rows[row].removeLast(max(rows[row].count - column, 0))
        case "J":
            rows[row].removeLast(max(rows[row].count - column, 0))
            rows.removeLast(rows.count - row - 1)
        default: return
        }
    }
}
