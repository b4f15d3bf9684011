import EnvironmentFile
import OrderedCollections

/// A graph for the terminal.
///
///     shop: 3 services in 2 boot levels
///
///     level 0
///       db     postgres:15 · ready when tcp 5432 takes connections · volume data at /data
///     level 1
///       api    api:1 · waits for db (healthy) · port 8080
public struct GraphText: Sendable {
    private let graph: EnvironmentGraph
    private let width: Int
    private let nameWidth: Int

    private static let longestName = 24

    /// Prepares a drawing.
    ///
    /// - Parameter width: How many columns a line may have, at least 40; a single longer word is not broken.
    public init(_ graph: EnvironmentGraph, width: Int) {
        self.graph = graph
        self.width = max(40, width)
        let names =
            graph.services.map(\.name) + graph.networks.map(\.name) + graph.volumes.map(\.key)
            + (graph.test.map { ["on " + $0.place] } ?? [])
        nameWidth = min(Self.longestName, names.map { DisplayWidth.of(PrintableText.of($0)) }.max() ?? 0)
    }

    /// All lines, each ended.
    public var text: String {
        let (services, levels) = (graph.services.count, graph.levels.count)
        var lines = [
            "\(PrintableText.of(graph.name)): \(Self.count(services, "service")) in \(Self.count(levels, "boot level"))"
        ]
        let showsNetworks = graph.networks.count > 1
        for (level, names) in graph.levels.enumerated() {
            lines += ["", "level \(level)"]
            for service in graph.services where service.level == level && names.contains(service.name) {
                var details = service.details(showsNetworks: showsNetworks).map { Item($0) }
                let waits = Self.waits(graph.waits(of: service.name))
                details.insert(contentsOf: waits, at: service.image == nil ? 0 : 1)
                lines += row(service.name, details)
            }
        }
        if let test = graph.test {
            lines += ["", "test"]
            let command = test.command.map { [Item(summary(of: $0))] } ?? []
            lines += row("on", [Item(test.place)] + command + Self.waits(test.waitsFor))
        }
        if !graph.networks.isEmpty { lines += ["", "networks"] }
        for network in graph.networks { lines += row(network.name, Self.list(network.services)) }
        if !graph.volumes.isEmpty { lines += ["", "volumes"] }
        for volume in graph.volumes {
            let users = volume.services.isEmpty ? [Item("unused")] : Self.list(volume.services, after: "in ")
            lines += row(volume.key, [Item(volume.name + (volume.external ? " (external)" : ""))] + users)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Something that is not broken between lines.
    private struct Item {
        var text: String
        /// It goes on with the one before, in the same list.
        var isContinued = false

        init(_ text: String, isContinued: Bool = false) {
            self.text = PrintableText.of(text)
            self.isContinued = isContinued
        }
    }

    private static func list(_ names: [String], after start: String = "", before end: String = "") -> [Item] {
        names.enumerated().map { number, name in
            Item(
                (number == 0 ? start : "") + name + (number == names.count - 1 ? end : ","), isContinued: number > 0)
        }
    }

    /// The services that are waited for, one list for each condition.
    private static func waits(_ waits: [EnvironmentGraph.Wait]) -> [Item] {
        var groups: OrderedDictionary<String, [String]> = [:]
        for wait in waits { groups[wait.conditionText, default: []].append(wait.service) }
        return groups.flatMap { list($1, after: "waits for ", before: " (\($0))") }
    }

    /// A command as one line that fits.
    private func summary(of command: [String]) -> String {
        let words = command.joined(separator: " ").split { $0.isWhitespace }.joined(separator: " ")
        let limit = width - nameWidth - 4
        return words.count <= limit ? words : words.prefix(limit - 1) + "…"
    }

    /// A name and what is to be said about it, wrapped between items where they don't fit.
    private func row(_ name: String, _ items: [Item]) -> [String] {
        let name = PrintableText.of(name)
        let indent = String(repeating: " ", count: nameWidth + 4)
        var lines: [String] = []
        var line = "  " + name + String(repeating: " ", count: max(0, nameWidth + 2 - DisplayWidth.of(name)))
        if DisplayWidth.of(name) > nameWidth, !items.isEmpty {
            lines.append("  " + name)
            line = indent
        }
        for (number, item) in items.enumerated() {
            let joined = line + (number == 0 ? "" : item.isContinued ? " " : " · ") + item.text
            if number == 0 || DisplayWidth.of(joined) <= width {
                line = joined
            } else {
                lines.append(line)
                line = indent + item.text
            }
        }
        while line.last == " " { line.removeLast() }
        return lines + [line]
    }
}
