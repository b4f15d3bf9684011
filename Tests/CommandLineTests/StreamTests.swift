import Glibc
import Testing

@Suite("Standard streams of a service", .needsRoot())
struct StreamTests {
    @Test("with 'tty' the streams are a terminal of the container's own, which is its controlling one")
    func terminal() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                tty: true
                command: [sh, -c, 'tty; ls -l /dev/console | cut -c1; echo x > /dev/tty; stty size; exit 3']
                healthcheck: {test: [CMD, "false"], interval: 60s}
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        for line in ["| /dev/pts/0\n", "| c\n", "| x\n"] { #expect(outcome.error.contains(line), "\(outcome.error)") }
        #expect(!outcome.error.contains("\r"))
    }

    @Test("with 'init' too the terminal is the program's controlling one")
    func terminalWithInit() throws {
        let fixture = try Fixture(
            """
            services:
              s: {image: busybox, tty: true, init: true, command: [sh, -c, 'echo seen > /dev/tty; exit 3'], healthcheck: {test: [CMD, "false"], interval: 60s}}
            """)
        #expect(try fixture.run(["true"]).error.contains("| seen\n"))
    }

    @Test("without 'tty' there is none")
    func noTerminal() throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, command: [sh, -c, 'tty; exit 3'], healthcheck: {test: [CMD, 'false']}}}")
        #expect(try fixture.run(["true"]).error.contains("| not a tty\n"))
    }

    @Test(
        "'stdin_open' keeps the input open, which otherwise is at its end",
        arguments: [("stdin_open: true,", "open"), ("", "ended")])
    func input(attribute: String, expected: String) throws {
        let fixture = try Fixture(
            """
            services:
              s:
                {image: busybox, \(attribute) command: [sh, -c, 'cat; touch /ended; exec sleep 1000']}
            test: {on: s}
            """)
        let script = """
            n=0; while [ ! -e /ended ] && [ $n -lt 20 ]; do n=$((n+1)); sleep 0.02; done
            [ -e /ended ] && echo ended || echo open
            """
        #expect(try fixture.output(of: script) == expected)
    }
}
