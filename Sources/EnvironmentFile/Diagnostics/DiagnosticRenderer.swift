/// Prints diagnostics the way a compiler does.
///
///     environment.yaml:12:7: error: service 'api' depends on 'db', which is not defined
///         - db
///           ^
///     help: did you mean 'postgres'?
public struct DiagnosticRenderer: Sendable {
    /// The texts to show lines of.
    public var sources: SourceTexts
    /// Whether to print terminal escapes.
    public var usesColor: Bool
    /// How many columns of a source line are shown.
    public var width: Int

    private static let tabWidth = 4
    private static let ellipsis = "…"

    /// Makes a renderer.
    ///
    /// - Parameter width: At least 20; a longer source line is cut on both sides of the caret.
    public init(sources: SourceTexts, usesColor: Bool = false, width: Int = 120) {
        self.sources = sources
        self.usesColor = usesColor
        self.width = max(20, width)
    }

    /// The diagnostics one after the other, each line ended; empty for none.
    public func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(render).joined()
    }

    /// One diagnostic: the message, the source line with a caret, the remedy, and other places as notes.
    public func render(_ diagnostic: Diagnostic) -> String {
        var text = styled(subject(diagnostic), "1")
        let color = diagnostic.severity == .error ? "1;31" : "1;33"
        text += styled("\(diagnostic.severity.rawValue): ", color)
        text += styled(printable(diagnostic.message), "1") + "\n"
        if let position = diagnostic.position { text += excerpt(position) }
        if let remedy = diagnostic.remedy { text += styled("help: ", "1;36") + printable(remedy) + "\n" }
        return diagnostic.related.reduce(text) { $0 + render($1) }
    }

    private func render(_ related: Diagnostic.Related) -> String {
        styled(printable(related.position.description) + ": ", "1") + styled("note: ", "1;36")
            + printable(related.message) + "\n" + excerpt(related.position)
    }

    /// The source line with a caret below; empty where the line is not known.
    private func excerpt(_ position: SourcePosition) -> String {
        guard let line = sources.line(position.line, of: position.file) else { return "" }
        let (shown, caret) = window(of: line, column: position.column)
        return shown + "\n" + String(repeating: " ", count: caret) + styled("^", "1;32") + "\n"
    }

    private func subject(_ diagnostic: Diagnostic) -> String {
        switch diagnostic.subject {
        case .position(let position): printable(position.description) + ": "
        case .path(let path): printable(path) + ": "
        case .request: ""
        }
    }

    private func styled(_ text: String, _ code: String) -> String {
        usesColor && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func printable(_ text: String) -> String { PrintableText.of(text) }

    /// The part of a line around a column, tabs expanded, and how many columns the caret is from its start.
    private func window(of line: String, column: Int) -> (String, Int) {
        var cells: [(text: String, width: Int)] = []
        var caretCell = -1
        // Beyond this nothing of the line can be visible.
        for (offset, scalar) in line.unicodeScalars.prefix(column + width).enumerated() {
            if offset == column - 1 { caretCell = cells.count }
            if scalar == "\t" {
                cells.append((String(repeating: " ", count: Self.tabWidth), Self.tabWidth))
            } else {
                cells.append((printable(String(scalar)), DisplayWidth.of(scalar)))
            }
        }
        if caretCell < 0 { caretCell = cells.count }
        var start = 0
        var end = cells.count
        let total = cells.reduce(0) { $0 + $1.width }
        let isCut = total > width
        if isCut {
            start = back(from: caretCell, in: cells, columns: width / 2 - 1)
            end = forward(from: start, in: cells, columns: width - 2)
            if end == cells.count { start = min(start, back(from: end, in: cells, columns: width - 2)) }
        }
        let lead = isCut && start > 0 ? Self.ellipsis : ""
        let tail = isCut && end < cells.count ? Self.ellipsis : ""
        let shown = lead + cells[start..<end].map(\.text).joined() + tail
        let caret = cells[start..<max(start, min(caretCell, end))].reduce(lead.isEmpty ? 0 : 1) { $0 + $1.width }
        return (shown, caret)
    }

    private func back(from cell: Int, in cells: [(text: String, width: Int)], columns: Int) -> Int {
        var (start, used) = (cell, 0)
        while start > 0, used + cells[start - 1].width <= columns {
            start -= 1
            used += cells[start].width
        }
        return start
    }

    private func forward(from cell: Int, in cells: [(text: String, width: Int)], columns: Int) -> Int {
        var (end, used) = (cell, 0)
        while end < cells.count, used + cells[end].width <= columns {
            used += cells[end].width
            end += 1
        }
        return end
    }
}
