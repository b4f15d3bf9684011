import EnvironmentFile

/// A graph as a flowchart of Mermaid, as GitHub and GitLab draw it; arrows point from a service to those that wait for it.
public struct GraphMermaid: Sendable {
    private let graph: EnvironmentGraph
    private let numbers: [String: Int]

    /// Prepares a drawing.
    public init(_ graph: EnvironmentGraph) {
        self.graph = graph
        numbers = Dictionary(graph.services.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// All lines, each ended.
    public var text: String {
        var lines = ["flowchart LR"]
        for level in graph.levels.indices {
            lines.append("  subgraph level\(level)[\"level \(level)\"]")
            for service in graph.services where service.level == level {
                let label = [service.name] + service.details(showsNetworks: false)
                lines.append("    \(node(service.name))[\(Self.quoted(label))]")
            }
            lines.append("  end")
        }
        for edge in graph.dependencies {
            let wait = EnvironmentGraph.Wait(service: edge.to, condition: edge.condition, required: edge.required)
            lines.append(arrow(wait, to: node(edge.from)))
        }
        if let test = graph.test {
            lines.append("  test([\(Self.quoted(["test", "on " + test.place]))])")
            lines += test.waitsFor.map { arrow($0, to: "test") }
        }
        for (number, network) in graph.networks.enumerated() where graph.networks.count > 1 {
            lines.append("  network\(number){{\(Self.quoted([network.name]))}}")
            lines += network.services.map { "  \(node($0)) -.- network\(number)" }
        }
        for (number, volume) in graph.volumes.enumerated() {
            lines.append("  volume\(number)[(\(Self.quoted([volume.key])))]")
            for service in graph.services {
                for mount in service.mounts where mount.kind == "volume" && mount.source == volume.key {
                    lines.append("  \(node(service.name)) -.-|\(Self.quoted([mount.target]))| volume\(number)")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Names could be words of the language, so nodes are numbered.
    private func node(_ service: String) -> String { "service\(numbers[service] ?? -1)" }

    private func arrow(_ wait: EnvironmentGraph.Wait, to target: String) -> String {
        let line = wait.required ? "-->" : "-.->"
        return "  \(node(wait.service)) \(line)|\(Self.quoted([wait.conditionText]))| \(target)"
    }

    /// Lines of a label, with every character that the language or HTML gives a meaning as an entity code.
    private static func quoted(_ lines: [String]) -> String {
        "\"" + lines.map { PrintableText.of($0).unicodeScalars.map(entity).joined() }.joined(separator: "<br/>") + "\""
    }

    private static func entity(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"", "#", "&", "<", ">", "`", "\\", "*", "_", "~", "$", "|", "[", "]", "{", "}", "(", ")":
            "#\(scalar.value);"
        default: String(scalar)
        }
    }
}
