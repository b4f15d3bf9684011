import EnvironmentFile

/// A graph as one SVG 1.1 document that needs nothing else: a column for each boot level, arrows from a service to those
/// that wait for it, networks and volumes below.
public struct GraphSVG: Sendable {
    private let graph: EnvironmentGraph

    private static let character = 6.65
    private static let lineHeight = 15.0
    private static let padding = 9.0
    private static let margin = 24.0
    private static let top = 64.0
    /// Columns of text after which a line of a box is cut.
    private static let longestLine = 46

    /// Prepares a drawing.
    public init(_ graph: EnvironmentGraph) {
        self.graph = graph
    }

    private struct Box {
        var title: String
        var lines: [String]
        var level: Int
        var isTest = false
    }

    /// The document.
    public var text: String {
        let boxes = makeBoxes()
        let arrows = makeArrows()
        let layout = GraphLayout(
            boxes: boxes.map { box in
                let longest = ([box.title] + box.lines).map { DisplayWidth.of(Self.cut($0)) }.max() ?? 0
                return GraphLayout.Box(
                    level: box.level, width: Double(longest) * Self.character + 2 * Self.padding,
                    height: Double(box.lines.count + 1) * Self.lineHeight + 2 * Self.padding)
            },
            lines: arrows.map { GraphLayout.Line(from: $0.from, to: $0.to) })
        let legend = makeLegend()
        let below = Self.top + layout.height + 2 * Self.margin
        let legendWidth = Double(([graph.name + " 100 services"] + legend).map { DisplayWidth.of($0) }.max() ?? 0)
        let width = max(layout.width, legendWidth * Self.character) + 2 * Self.margin
        let height = below + Double(legend.count) * Self.lineHeight + Self.margin
        var parts = [head(width, height)]
        parts += layout.columns.enumerated().map { level, column in
            let isTest = level == graph.levels.count
            return Self.text(isTest ? "test" : "level \(level)", Self.margin + column.left, Self.top - 12, "quiet")
        }
        parts += zip(arrows, layout.lines).map { arrow, line in path(arrow.wait, line, layout) }
        parts += zip(boxes, layout.boxes).map(draw)
        parts += legend.enumerated().map { number, line in
            Self.text(line, Self.margin, below + Double(number) * Self.lineHeight, "")
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    // MARK: Content

    private func makeBoxes() -> [Box] {
        let showsNetworks = graph.networks.count > 1
        var boxes = graph.services.map { service in
            let waits = graph.waits(of: service.name).map { "after \($0.service) is \($0.conditionText)" }
            return Box(
                title: service.name, lines: service.details(showsNetworks: showsNetworks) + waits, level: service.level)
        }
        if let test = graph.test {
            let waits = test.waitsFor.map { "after \($0.service) is \($0.conditionText)" }
            boxes.append(
                Box(title: "test", lines: ["on " + test.place] + waits, level: graph.levels.count, isTest: true))
        }
        return boxes
    }

    private func makeArrows() -> [(from: Int, to: Int, wait: EnvironmentGraph.Wait)] {
        let numbers = Dictionary(graph.services.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var result: [(from: Int, to: Int, wait: EnvironmentGraph.Wait)] = []
        for (number, service) in graph.services.enumerated() {
            for wait in graph.waits(of: service.name) {
                if let other = numbers[wait.service] { result.append((other, number, wait)) }
            }
        }
        for wait in graph.test?.waitsFor ?? [] {
            if let other = numbers[wait.service] { result.append((other, graph.services.count, wait)) }
        }
        return result
    }

    /// What stands below the boxes, wrapped.
    private func makeLegend() -> [String] {
        var lines = ["arrows: solid: once healthy, dashed: once started, bold: once completed, grey: optional", ""]
        for network in graph.networks { lines += Self.wrapped("network \(network.name): ", network.services) }
        for volume in graph.volumes {
            let name = volume.name + (volume.external ? " (external)" : "")
            lines += Self.wrapped(
                "volume \(volume.key) (\(name)): ", volume.services.isEmpty ? ["unused"] : volume.services)
        }
        return lines.map(PrintableText.of)
    }

    private static func wrapped(_ start: String, _ names: [String]) -> [String] {
        var lines: [String] = []
        var line = start
        for (number, name) in names.enumerated() {
            let piece = name + (number == names.count - 1 ? "" : ", ")
            if line.count + piece.count > 110, line != start {
                lines.append(line)
                line = "    "
            }
            line += piece
        }
        return lines + [line]
    }

    // MARK: Drawing

    private func head(_ width: Double, _ height: Double) -> String {
        let count = "\(graph.services.count) service\(graph.services.count == 1 ? "" : "s")"
        let size = "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
        return """
            <svg xmlns="http://www.w3.org/2000/svg" \(size) viewBox="0 0 \(Self.number(width)) \(Self.number(height))">
            <title>\(Self.escaped(graph.name))</title>
            <style>
            text { font: 11px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #24292f; white-space: pre }
            .name { font-weight: bold } .quiet { fill: #6e7781 } .heading { font-size: 15px; font-weight: bold }
            rect.service { fill: #f6f8fa; stroke: #57606a } rect.test { fill: #ddf4ff; stroke: #0969da }
            path { fill: none; stroke: #0969da; stroke-width: 1.3 }
            .started { stroke-dasharray: 5 3 } .completed { stroke-width: 2.4 } .optional { stroke: #8c959f }
            </style>
            <defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" \
            markerUnits="userSpaceOnUse" orient="auto"><polygon points="0,0 8,4 0,8" fill="#57606a"/></marker></defs>
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(Self.text("\(PrintableText.of(graph.name)): \(count)", Self.margin, 28, "heading"))
            """
    }

    private func draw(_ box: Box, _ place: GraphLayout.Box) -> String {
        let (x, y) = (Self.margin + place.x, Self.top + place.y)
        let size = "width=\"\(Self.number(place.width))\" height=\"\(Self.number(place.height))\""
        let style = box.isTest ? "test" : "service"
        let full = ([box.title] + box.lines).map(Self.escaped).joined(separator: "\n")
        var parts = [
            "<g><title>\(full)</title>",
            "<rect class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" \(size) rx=\"5\"/>",
        ]
        for (number, line) in ([box.title] + box.lines).enumerated() {
            let baseline = y + Self.padding + Double(number) * Self.lineHeight + 11
            parts.append(Self.text(Self.cut(line), x + Self.padding, baseline, number == 0 ? "name" : ""))
        }
        return parts.joined(separator: "\n") + "\n</g>"
    }

    private func path(_ wait: EnvironmentGraph.Wait, _ line: GraphLayout.Line, _ layout: GraphLayout) -> String {
        let first = layout.boxes[line.from].level
        var data = ""
        for (step, lane) in line.lanes.enumerated() {
            let column = layout.columns[first + step]
            let y = Self.number(Self.top + lane)
            if step == 0 {
                data = "M\(Self.number(Self.margin + column.right)) \(y)"
                continue
            }
            let left = Self.margin + column.left
            let middle = Self.number(left - GraphLayout.columnGap / 2)
            data +=
                " C\(middle) \(Self.number(Self.top + line.lanes[step - 1])) \(middle) \(y) \(Self.number(left)) \(y)"
            // Straight through the lane of a column that it only passes.
            if step < line.lanes.count - 1 { data += " H\(Self.number(Self.margin + column.right))" }
        }
        let kind = wait.conditionText.split(separator: ",").first.map(String.init) ?? ""
        let style = kind + (wait.required ? "" : " optional")
        return "<path class=\"\(Self.escaped(style))\" d=\"\(data)\" marker-end=\"url(#head)\"/>"
    }

    private static func text(_ text: String, _ x: Double, _ y: Double, _ style: String) -> String {
        let attribute = style.isEmpty ? "" : " class=\"\(style)\""
        return "<text x=\"\(number(x))\" y=\"\(number(y))\"\(attribute)>\(escaped(text))</text>"
    }

    private static func cut(_ line: String) -> String {
        let printable = PrintableText.of(line)
        guard DisplayWidth.of(printable) > longestLine else { return printable }
        var result = ""
        var width = 1
        for character in printable {
            width += DisplayWidth.of(String(character))
            if width > longestLine { break }
            result.append(character)
        }
        return result + "…"
    }

    /// Text and attribute values; what XML 1.0 has no way to say has been replaced before.
    private static func escaped(_ text: String) -> String {
        PrintableText.of(text).unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// At most one decimal.
    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }
}
