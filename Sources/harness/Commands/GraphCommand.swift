import ArgumentParser
import EmbeddedEngine
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

/// `harness graph`
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Show services, what they wait for, networks, volumes and the boot order.",
        discussion: """
            Services of one boot level may boot at the same time. Arrows point from a service to those that wait for it. \
            Equal files give equal graphs.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The environment file or its folder.", completion: .environmentFile)
    var environment: String?

    @Option(help: "text, dot (Graphviz), mermaid, json or svg.")
    var format = Format.text

    @Option(
        name: [.short, .long], help: ArgumentHelp("Write to a file.", valueName: "file"),
        completion: .file())
    var output: String?

    /// How the graph is shown.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, dot, mermaid, json, svg
    }

    mutating func run() throws {
        // Only the text counts here, not whether the files behind configs and secrets are there.
        let environment = try options.load(environment, checksContents: false)
        try reportingFailure {
            let text = try text(of: EnvironmentGraph(environment))
            if let output { try OutputFile.write(text, to: output) } else { try StandardOutput.write(text) }
        }
    }

    private func text(of graph: EnvironmentGraph) throws -> String {
        switch format {
        case .text: GraphText(graph, width: output == nil ? Self.columns : 80).text
        case .dot: GraphDOT(graph).text
        case .mermaid: GraphMermaid(graph).text
        case .json: try JSONOutput.document(graph) + "\n"
        case .svg: GraphSVG(graph).text
        }
    }

    /// Those of the terminal; 80 where there is none.
    private static var columns: Int {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }
}
