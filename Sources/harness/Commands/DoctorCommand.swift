import ArgumentParser
import EmbeddedEngine
import LinuxKernel

/// `harness doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this host can do and, for what it can't, the command that mends it.",
        discussion: "Exit code 0 when environments can run here, 125 when something that they need is missing.")

    @Option(help: "table, or json: one object per line with detail, remedy (where there is one), state and subject.")
    var format = OutputFormat.table

    mutating func run() throws {
        let (loop, places) = try reportingFailure { (try EventLoop(), try Places.current()) }
        let findings = try loop.run { await HostCheck(places: places, loop: loop).findings() }
        switch format {
        case .table:
            for finding in findings { print(Self.line(finding)) }
        case .json:
            for finding in findings { print(try JSONOutput.line(finding)) }
        }
        if findings.contains(where: { $0.state == .missing }) { throw ExitStatusCode.engineFailed }
    }

    private static func line(_ finding: HostCheck.Finding) -> String {
        let mark =
            switch finding.state {
            case .fine: "ok     "
            case .degraded: "warning"
            case .missing: "missing"
            }
        let remedy = finding.remedy.map { "\n          help: \($0)" } ?? ""
        return "\(mark)  \(finding.subject): \(finding.detail)\(remedy)"
    }
}
