import Glibc
import Testing

/// CVE-2025-31133, CVE-2025-52565, CVE-2025-52881: what hides a path is itself replaced (/dev/null, /dev/console), or a
/// write of the engine's to /proc is led elsewhere.
@Suite("Tricks with masked paths, /dev/null and /dev/console", .needsRoot())
struct MaskedPathTests {
    private static let hidden =
        "cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware | wc -l"

    @Test("a volume over /dev does not change what hides the masked paths")
    func volumeOverDev() throws {
        let fixture = try Fixture(
            """
            services:
              first: {image: busybox, volumes: ['shared:/shared'], command: [sh, -c, 'ln -s /proc/sysrq-trigger /shared/null; touch /shared/console']}
              box:
                image: busybox
                volumes: ['shared:/dev']
                command: [sleep, '1000']
                depends_on: {first: {condition: service_completed_successfully}}
            volumes: {shared: }
            test: {on: box}
            """)
        let script = """
            cat /proc/kcore | wc -c; cat /proc/keys | wc -c
            echo h > /proc/sysrq-trigger && echo trigger
            echo x > /proc/timer_list; cat /proc/timer_list | wc -c
            """
        let outcome = try fixture.run(["sh", "-c", "(\(script)) 2>/shared-errors; true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "0\n0\n0\n", "\(outcome.output)")
    }

    @Test("with a terminal, /dev/console is the container's own")
    func console() throws {
        let fixture = try Fixture(
            """
            services:
              first: {image: busybox, volumes: ['shared:/shared'], command: [sh, -c, 'ln -s /proc/sysrq-trigger /shared/ptmx; ln -s /proc /shared/pts']}
              box:
                image: busybox
                tty: true
                volumes: ['shared:/dev/pts']
                command: [sh, -c, 'stat -c %t /dev/console; echo h > /proc/sysrq-trigger && echo trigger; exit 3']
                depends_on: {first: {condition: service_completed_successfully}}
                healthcheck: {test: [CMD, "false"], interval: 60s}
            volumes: {shared: }
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69, "\(outcome.error)")
        #expect(outcome.error.contains("| 88\n"), "major number 136: \(outcome.error)")
        #expect(!outcome.error.contains("| trigger"))
    }

    @Test("masks can't be taken off or written through")
    func masks() throws {
        let fixture = try Fixture("services: {box: {image: busybox, command: [sleep, '1000']}}\ntest: {on: box}")
        let script = """
            \(Self.hidden)
            umount /proc/kcore 2>/dev/null && echo umounted
            for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus/x; do
                (echo x > $f) 2>/dev/null && echo $f
            done
            true
            """
        #expect(try fixture.output(of: script) == "0\n0")
    }

    @Test("kernel parameters are written to the container's /proc whatever its volumes are")
    func parameters() throws {
        let fixture = try Fixture(
            """
            services:
              box: {image: busybox, sysctls: {net.core.somaxconn: 42}, tmpfs: /proc/sys/net, command: [sleep, '1000']}
            """)
        let before = readText("/proc/sys/net/core/somaxconn")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 125, "no mount in /proc: \(outcome.error)")
        #expect(readText("/proc/sys/net/core/somaxconn") == before)
    }
}
