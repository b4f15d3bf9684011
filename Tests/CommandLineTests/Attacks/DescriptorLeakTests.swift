import CLinux
import Glibc
import Testing

/// CVE-2024-21626: a working directory or a descriptor leads to the host's file system.
@Suite("Leading out of a container by a descriptor", .needsRoot())
struct DescriptorLeakTests {
    @Test("no working directory leads out", arguments: [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16])
    func workingDirectory(number: Int) throws {
        let fixture = try Fixture(
            """
            services:
              box: {image: busybox, working_dir: /proc/self/fd/\(number), command: [sh, -c, 'cat ../../../../etc/shadow; ls ../..; exit 3'], healthcheck: {test: [CMD, 'false']}}
            """)
        let canary = try #require(readText("/etc/passwd")?.split(separator: "\n").last)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code != 0)
        #expect(!outcome.error.contains(canary))
        #expect(!outcome.error.contains("| vmlinuz") && !outcome.error.contains("| work"), "\(outcome.error)")
    }

    @Test("a process that joins has no descriptor besides its streams, at no moment that the container can see")
    func joining() throws {
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                cap_add: [SYS_PTRACE]
                command:
                  - sh
                  - -c
                  - |
                    touch /ready
                    while :; do
                      for p in /proc/[0-9]*; do
                        for f in $$p/fd/*; do
                          [ -e $$f/etc/shadow ] && echo $$f >> /tmp/leak
                        done
                      done
                    done 2>/dev/null
                healthcheck: {test: [CMD, "true"], interval: 5ms}
                ready: {file: /ready, timeout: 60s}
            test: {on: box, command: [sh, -c, 'sleep 0.5; cat /tmp/leak 2>/dev/null; true']}
            """)
        let outcome = try fixture.run()
        // Its own root and directories of its own are what a container may find.
        let leaks = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("/proc/1/") }
        #expect(leaks.isEmpty, "\(outcome.output)")
    }

    @Test("the host's /dev/null is not in a container, which could change its mode or owner", .needsUsers())
    func hostNull() throws {
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                user: "1234:1234"
                command: [sh, -c, 'stat -c %d /proc/self/fd/0 -L > /tmp/device; exec sleep 1000']
                healthcheck: {test: [CMD-SHELL, 'chmod 0600 /proc/self/fd/0; chown 4321 /proc/self/fd/0; true'], interval: 20ms}
              root:
                image: busybox
                command: [sh, -c, 'chmod 0600 /proc/self/fd/0; chown 4321 /proc/self/fd/0; rm -f /dev/null; exec sleep 1000']
                healthcheck: {test: [CMD-SHELL, 'chmod 0600 /proc/self/fd/0; chown 4321 /proc/self/fd/0; true'], interval: 20ms}
            """)
        var (before, after) = (stat(), stat())
        #expect(stat("/dev/null", &before) == 0)
        #expect(try fixture.run(["true"]).code == 0)
        #expect(stat("/dev/null", &after) == 0)
        #expect(after.st_mode == before.st_mode)
        #expect(after.st_uid == before.st_uid)
        #expect(after.st_ctim.tv_sec == before.st_ctim.tv_sec && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec)
    }
}
