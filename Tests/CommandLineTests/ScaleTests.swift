import Glibc
import Testing

@Suite("Many containers, and many runs", .needsRoot())
struct ScaleTests {
    private func services(_ count: Int, _ attributes: String) -> String {
        (0..<count).map { "  s\($0): {image: busybox, command: [sleep, '1000']\(attributes)}" }.joined(separator: "\n")
    }

    /// What is sent to the launcher and what it answers is more than the sockets between them hold.
    @Test("two hundred containers start at once, however much there is to say about each")
    func many() throws {
        let words = String(repeating: "word ", count: 8000)
        let fixture = try Fixture("services:\n\(services(200, ", environment: {WORDS: '\(words)'}"))\ntest: {on: s0}")
        let check = try LeakCheck(fixture)
        #expect(try fixture.output(of: "ping -c 1 -W 5 s199 > /dev/null && echo $WORDS | wc -w") == "8000")
        #expect(try check.leftovers() == [])
    }

    @Test("a small limit of descriptors bounds the programs, not the number of containers")
    func descriptors() throws {
        let fixture = try Fixture("services:\n\(services(60, ""))\ntest: {on: s0}")
        let script = "ulimit -Sn 128; exec \"$0\" \"$@\""
        let arguments = ["run", fixture.scratch.path, "--", "sh", "-c", "ulimit -Sn"]
        let run = try ChildProcess(
            ["/bin/sh", "-c", script, Harness.binary] + arguments,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": fixture.home])
        let outcome = try run.wait()
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "128\n")
    }

    @Test("runs in a row leave nothing that grows: processes, mounts, control groups, memory, disk")
    func endurance() throws {
        let scratch = try Scratch()
        try Store.importBusybox(into: scratch.path)
        let program = try ChildProcess(
            [
                "/usr/bin/env", "python3", "\(repository)/Benchmarks/endurance", "--harness", Harness.binary, "--home",
                scratch.path, "--runs", "40", "--busy",
            ], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        let outcome = try program.wait(timeout: .seconds(300))
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        withExtendedLifetime(scratch) {}
    }
}
