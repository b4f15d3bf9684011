import ProbeRunner
import Testing

/// Creates groups on this host, in a process of their own.
@Suite("Groups on this host")
struct GroupTests {
    private func probe(_ scenario: String, _ arguments: String...) throws -> [String]? {
        let result = try arguments.first.map { try runProbe(scenario, $0) } ?? runProbe(scenario)
        guard result.exitCode != probeSkipCode else {
            if case .failure(let reason) = skip(because: "cgroups: \(result.output)") { Issue.record("\(reason)") }
            return nil
        }
        try #require(result.exitCode == 0, "\(result.output)\(result.diagnostics)")
        return result.lines
    }

    @Test("a process is cloned into its group, killed with it, and the group removed")
    func life() throws {
        guard let lines = try probe("cgroup-life") else { return }
        #expect(
            lines == [
                "is member true", "is in true", "empty in time false", "empty after kill true",
                "exit signalled(9)", "left 0",
            ])
    }

    @Test("limits of memory and processes hold, and a kill for lack of memory is counted")
    func limits() throws {
        guard let lines = try probe("cgroup-limits") else { return }
        #expect(
            lines == [
                "kills before 0", "exit signalled(9)", "kills after 1", "exit exited(0)", "unlimited []", "left 0",
            ])
    }

    @Test("devices can be used as far as rules allow, by a program or by version 1", arguments: ["2", "1"])
    func devices(version: String) throws {
        // Without a controller of version 1 there is nothing to test it with, in a virtual machine for example.
        let result = try runProbe("cgroup-devices", version)
        if version == "1", result.exitCode == probeSkipCode { return }
        #expect(result.exitCode == 0, "\(result.output)\(result.diagnostics)")
        // Null, and the log of the kernel.
        #expect(result.lines == ["standard yn", "own yy", "all yy", "left 0"])
    }

    @Test("what a killed owner left is swept from all hierarchies, processes included")
    func sweep() throws {
        guard let lines = try probe("cgroup-sweep") else { return }
        #expect(lines == ["second refused true", "exit signalled(9)", "left 0", "swept twice"])
    }
}
