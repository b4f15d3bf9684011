import EnvironmentFile

/// A graph in the language of Graphviz (dot(1)); arrows point from a service to those that wait for it.
public struct GraphDOT: Sendable {
    private let graph: EnvironmentGraph

    /// Prepares a drawing.
    public init(_ graph: EnvironmentGraph) {
        self.graph = graph
    }

    /// All lines, each ended.
    public var text: String {
        var lines = [
            "digraph \(Self.quoted(graph.name)) {", "  rankdir=LR;",
            "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11];",
            "  edge [fontname=\"Helvetica\", fontsize=9];",
        ]
        let showsNetworks = graph.networks.count > 1
        for names in graph.levels {
            lines.append(
                "  { rank=same; " + names.map { Self.identifier("service", $0) + ";" }.joined(separator: " ") + " }")
        }
        for service in graph.services {
            let label = Self.label([service.name] + service.details(showsNetworks: false))
            lines.append("  \(Self.identifier("service", service.name)) [label=\(label)];")
        }
        for edge in graph.dependencies {
            lines.append(arrow(edge.to, Self.identifier("service", edge.from), condition(edge), edge.required))
        }
        if let test = graph.test {
            lines.append("  \"test\" [label=\(Self.label(["test", "on " + test.place])), style=bold];")
            for wait in test.waitsFor {
                lines.append(arrow(wait.service, "\"test\"", wait.conditionText, wait.required))
            }
        }
        for network in showsNetworks ? graph.networks : [] {
            let node = Self.identifier("network", network.name)
            lines.append("  \(node) [label=\(Self.label([network.name])), shape=ellipse, style=dashed];")
            lines += network.services.map { link($0, node, "") }
        }
        for volume in graph.volumes {
            let node = Self.identifier("volume", volume.key)
            lines.append("  \(node) [label=\(Self.label([volume.key])), shape=cylinder, style=solid];")
            for service in graph.services {
                for mount in service.mounts where mount.kind == "volume" && mount.source == volume.key {
                    lines.append(link(service.name, node, mount.target + (mount.readOnly ? " (read-only)" : "")))
                }
            }
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private func condition(_ edge: EnvironmentGraph.Edge) -> String {
        EnvironmentGraph.Wait(service: edge.to, condition: edge.condition, required: edge.required).conditionText
    }

    private func arrow(_ from: String, _ node: String, _ label: String, _ isRequired: Bool) -> String {
        let style = isRequired ? "" : ", style=dashed"
        return "  \(Self.identifier("service", from)) -> \(node) [label=\(Self.label([label]))\(style)];"
    }

    private func link(_ service: String, _ node: String, _ label: String) -> String {
        "  \(Self.identifier("service", service)) -> \(node) [label=\(Self.label([label])), dir=none, style=dotted, "
            + "constraint=false];"
    }

    private static func identifier(_ kind: String, _ name: String) -> String { quoted("\(kind) \(name)") }

    private static func quoted(_ text: String) -> String {
        "\"" + escaped(text, [("\\", "\\\\"), ("\"", "\\\"")]) + "\""
    }

    /// Lines of a label, in which dot(1) also decodes entities of HTML.
    private static func label(_ lines: [String]) -> String {
        "\"" + lines.map { escaped($0, [("&", "&amp;"), ("\\", "\\\\"), ("\"", "\\\"")]) }.joined(separator: "\\n")
            + "\""
    }

    private static func escaped(_ text: String, _ table: [(String, String)]) -> String {
        table.reduce(PrintableText.of(text)) { result, pair in
            result.split(separator: pair.0, omittingEmptySubsequences: false).joined(separator: pair.1)
        }
    }
}
