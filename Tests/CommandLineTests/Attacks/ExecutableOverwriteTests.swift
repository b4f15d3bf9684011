import CLinux
import Glibc
import Testing

/// CVE-2019-5736: a container overwrites the program that made it, by way of /proc/PID/exe.
@Suite("Overwriting the harness's own executable", .needsRoot())
struct ExecutableOverwriteTests {
    @Test("a process that joins a container can't be used to write to the program on the host")
    func joining() throws {
        // The image's /bin/sh is a script whose interpreter is the joining process's own executable, while another
        // process in the container tries to open every executable for writing.
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                cap_add: [ALL]
                security_opt: [seccomp=unconfined]
                command:
                  - sh
                  - -c
                  - |
                    printf '#!/proc/self/exe\\n' > /bin/trap; chmod 755 /bin/trap
                    touch /ready
                    while :; do
                      for p in /proc/[0-9]*; do
                        case $$(readlink $$p/exe) in */harness*|*memfd*)
                          echo seen >> /tmp/seen
                          (echo overwritten >> $$p/exe) 2>/dev/null && echo open >> /tmp/open
                        esac
                      done
                    done
                healthcheck: {test: [CMD, /bin/trap], interval: 20ms, retries: 1000}
                ready: {file: /ready, timeout: 60s}
            test: {on: box, command: [sh, -c, 'sleep 0.3; cat /tmp/open 2>/dev/null; true']}
            """)
        let before = try sizeAndTime(Caller.standard.binary)
        let outcome = try fixture.run(options: ["--timeout", "3s"])
        #expect(!outcome.output.contains("open"), "\(outcome.error)")
        #expect(try sizeAndTime(Caller.standard.binary) == before)
    }

    @Test("an image whose program is a link to the harness's executable runs nothing of the harness")
    func link() throws {
        let fixture = try Fixture(
            "services: {box: {image: busybox, command: [/proc/self/exe], healthcheck: {test: [CMD, 'false']}}}")
        let before = try sizeAndTime(Caller.standard.binary)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code != 0)
        #expect(try sizeAndTime(Caller.standard.binary) == before)
    }

    private func sizeAndTime(_ path: String) throws -> [Int] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SpawnError(call: "stat", code: errno) }
        return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}
