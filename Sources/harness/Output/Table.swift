import EnvironmentFile
import Glibc
import LocalStacks

/// Columns of text, each as wide as its widest cell, two spaces apart.
struct Table {
    /// What a column is never made narrower than.
    private static let minimumWidth = 10

    private var rows: [[String]]
    private let cut: [Int]
    private let leftOut: [Int]

    /// - Parameters:
    ///   - cut: Columns whose cells are cut where a terminal is too narrow, by number from 0, in that order.
    ///   - leftOut: Columns that are left out before that, in that order.
    init(_ header: [String], cut: [Int] = [], leftOut: [Int] = []) {
        rows = [header]
        self.cut = cut
        self.leftOut = leftOut
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// One line a row, without spaces at the end; fitted into the standard output's terminal.
    var text: String { lines(columns: TerminalSize.of(STDOUT_FILENO)?.columns).joined(separator: "\n") }

    /// - Parameter columns: The width that is there; `nil`: any.
    func lines(columns: Int?) -> [String] {
        let widths = widths(columns)
        return rows.map { row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                guard let width else { continue }
                let text = TerminalText.cut(cell, columns: width)
                line += text + String(repeating: " ", count: width - DisplayWidth.of(text) + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The width of each column; `nil`: it is left out.
    private func widths(_ columns: Int?) -> [Int?] {
        let count = rows.map(\.count).max() ?? 0
        var widths: [Int?] = (0..<count).map { column in
            rows.map { $0.indices.contains(column) ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
        }
        guard let columns else { return widths }
        func excess() -> Int { widths.reduce(-2) { $0 + ($1.map { $0 + 2 } ?? 0) } - columns }
        // What can be gained by cutting is not paid for with a column.
        func gain() -> Int { cut.reduce(0) { $0 + max((widths[$1] ?? 0) - Self.minimumWidth, 0) } }
        for column in leftOut where excess() > gain() { widths[column] = nil }
        for column in cut {
            guard let width = widths[column], excess() > 0 else { continue }
            widths[column] = max(width - excess(), min(width, Self.minimumWidth))
        }
        return widths
    }
}

/// Bytes as a person reads them: `713 B`, `4.1 MB` (powers of ten, as docker(1)).
func humanReadable(bytes: Int64) -> String {
    var value = Double(bytes)
    var unit = "B"
    for larger in ["kB", "MB", "GB", "TB"] where value >= 1000 {
        value /= 1000
        unit = larger
    }
    if unit == "B" { return "\(bytes) B" }
    let tenths = Int((value * 10).rounded())
    return tenths >= 1000 ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
}
