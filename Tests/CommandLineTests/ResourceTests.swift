import Glibc
import Testing

@Suite("Bounds that control groups put on a service", .needsRoot())
struct ResourceTests {
    /// Where each kernel file is that a bound ends up in, by controller.
    private func value(_ file: String, controller: String, of fixture: Fixture) -> String? {
        // In the virtual machine a group is delegated to the user who runs the services.
        let delegated = variable("HARNESS_TEST_DELEGATED").map { [$0] } ?? []
        let unified = delegated + ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        let hierarchies = ["/sys/fs/cgroup/\(controller)"] + unified
        for hierarchy in hierarchies {
            for group in entries("\(hierarchy)/harness") where group.hasPrefix(fixture.name) {
                if let text = readText("\(hierarchy)/harness/\(group)/s/\(file)") { return text }
            }
        }
        return nil
    }

    @Test(
        "each attribute reaches its control group",
        arguments: [
            ("cpus: 0.25", "cpu", ["cpu.cfs_quota_us", "cpu.max"], ["25000", "25000 100000"]),
            ("cpu_quota: 30000", "cpu", ["cpu.cfs_quota_us", "cpu.max"], ["30000", "30000 100000"]),
            ("cpu_period: 50000, cpus: 1", "cpu", ["cpu.cfs_period_us", "cpu.max"], ["50000", "50000 50000"]),
            ("cpu_shares: 512", "cpu", ["cpu.shares", "cpu.weight"], ["512", "20"]),
            ("cpuset: '0'", "cpuset", ["cpuset.cpus"], ["0"]),
            ("mem_limit: 64m", "memory", ["memory.limit_in_bytes", "memory.max"], ["67108864"]),
            (
                "mem_limit: 64m, memswap_limit: 96m", "memory", ["memory.memsw.limit_in_bytes", "memory.swap.max"],
                ["100663296", "33554432"]
            ),
            ("mem_reservation: 32m", "memory", ["memory.soft_limit_in_bytes", "memory.low"], ["33554432"]),
            ("pids_limit: 33", "pids", ["pids.max"], ["33"]),
            ("deploy: {resources: {limits: {pids: 34}}}", "pids", ["pids.max"], ["34"]),
            (
                "deploy: {resources: {reservations: {memory: 16m}}}", "memory",
                ["memory.soft_limit_in_bytes", "memory.low"], ["16777216"]
            ),
        ])
    func reaches(attribute: String, controller: String, files: [String], expected: [String]) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, \(attribute), command: [sleep, '1000']}}")
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        let found = files.lazy.compactMap { value($0, controller: controller, of: fixture) }.first
        #expect(found.map { expected.contains(String($0.dropLast())) } == true, "\(found ?? "no file"), \(run.error)")
        run.send(SIGTERM)
        _ = try run.wait()
        #expect(try check.leftovers() == [])
    }

    @Test(
        "bounds of a disk reach its control group, or are a warning",
        arguments: [
            // Version 2 counts weights from 1 to 10000.
            ("weight", "300", ["blkio.bfq.weight", "io.weight"], ["300", "2930"]),
            ("weight_device", "weight: 400", ["blkio.bfq.weight_device", "io.weight"], ["400", "3940"]),
            ("device_read_bps", "rate: 1mb", ["blkio.throttle.read_bps_device", "io.max"], ["1048576"]),
            ("device_write_bps", "rate: 2mb", ["blkio.throttle.write_bps_device", "io.max"], ["2097152"]),
            ("device_read_iops", "rate: 77", ["blkio.throttle.read_iops_device", "io.max"], ["77"]),
            ("device_write_iops", "rate: 78", ["blkio.throttle.write_iops_device", "io.max"], ["78"]),
        ])
    func disk(key: String, value text: String, files: [String], expected: [String]) throws {
        let disk = try #require(
            entries("/sys/block").first { !$0.hasPrefix("loop") && access("/dev/\($0)", F_OK) == 0 }
                ?? entries("/sys/block").first { access("/dev/\($0)", F_OK) == 0 }, "there is no disk")
        let bound = text.contains(":") ? "[{path: /dev/\(disk), \(text)}]" : text
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command: [sleep, '1000']
                blkio_config: {\(key): \(bound)}
            """)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        let found = files.lazy.compactMap { value($0, controller: "blkio", of: fixture) }.first
        run.send(SIGTERM)
        let error = try run.wait().error
        #expect(
            expected.contains { found?.contains($0) == true }
                || error.contains("blkio_config.\(key) is not enforced"),
            "\(found ?? "no file"), \(error)")
    }

    @Test(
        "what only version 1 has is a warning elsewhere",
        arguments: [
            ("mem_swappiness", "7", "memory.swappiness", "7\n"),
            ("oom_kill_disable", "true", "memory.oom_control", "oom_kill_disable 1\n"),
        ])
    func onlyVersion1(attribute: String, wanted: String, file: String, expected: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, \(attribute): \(wanted), command: [sleep, '1000']}}")
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        let isEnforced = value(file, controller: "memory", of: fixture)?.hasPrefix(expected) ?? false
        run.send(SIGTERM)
        #expect(try run.wait().error.contains("\(attribute) is not enforced") == !isEnforced)
    }

    @Test("a quota of processor time holds")
    func quota() throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, cpus: 0.05, command: [sh, -c, 'while :; do :; done']}}")
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        var periods = 0
        let deadline = ContinuousClock.now + .seconds(120)
        while periods < 3, ContinuousClock.now < deadline {
            try run.pause(for: .milliseconds(50))
            let line = value("cpu.stat", controller: "cpu", of: fixture)?.split(separator: "\n")
                .first { $0.hasPrefix("nr_throttled ") }
            periods = line.flatMap { Int($0.dropFirst("nr_throttled ".count)) } ?? 0
        }
        #expect(periods >= 3)
        run.send(SIGTERM)
        _ = try run.wait()
    }

    @Test("what the host can't give is a warning")
    func warning() throws {
        let fixture = try Fixture("services: {s: {image: busybox, memswap_limit: 1g, command: [sleep, '1000']}}")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("memswap_limit is not enforced"), "\(outcome.error)")
    }

    @Test("control groups of a killed run are removed by the next one")
    func killed() throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, cpus: 0.5, mem_limit: 64m, cpuset: '0', device_cgroup_rules: ['c 1:11 r'], command: [sleep, '1000']}}"
        )
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        run.send(SIGKILL)
        _ = try run.wait()
        #expect(try fixture.run(["true"]).code == 0)
        #expect(try check.leftovers() == [])
    }
}
