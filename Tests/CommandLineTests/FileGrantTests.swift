import CLinux
import Glibc
import Testing

@Suite("Configs and secrets", .needsRoot())
struct FileGrantTests {
    @Test("come from a file, from the environment file, or from a variable", arguments: ["configs", "secrets"])
    func sources(kind: String) throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, command: [sleep, "1000"], \(kind): [of-file, of-variable]}}
            \(kind):
              of-file: {file: ./file}
              of-variable: {environment: OF_VARIABLE}
            test: {on: s}
            """)
        try fixture.scratch.write("first", to: "file")
        let place = kind == "secrets" ? "/run/secrets" : ""
        let outcome = try fixture.run(
            ["sh", "-c", "cat \(place)/of-file \(place)/of-variable; stat -c ' %u:%g %a' \(place)/of-file"],
            variables: ["OF_VARIABLE": "second"])
        #expect(outcome.output == "firstsecond 0:0 444\n", "\(outcome.error)")
    }

    @Test("a config's content may stand in the environment file")
    func inline() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, command: [sleep, "1000"], configs: [c]}}
            configs: {c: {content: "two\\nlines"}}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "cat /c") == "two\nlines")
    }

    @Test("have the target, owner and mode that a service gives them", arguments: ["configs", "secrets"])
    func attributes(kind: String) throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: \(RootFileSystem.image())
                command: [sleep, "1000"]
                \(kind): [{source: f, target: /etc/deep/er/file, uid: "1234", gid: "99", mode: 0440}]
            \(kind): {f: {file: ./file}}
            test: {on: s}
            """)
        // Whatever the file on the host is, the service sees what it asked for.
        try fixture.scratch.write("text", to: "file", mode: 0o600)
        #expect(
            try fixture.output(of: "stat -c '%u:%g %a' /etc/deep/er/file; cat /etc/deep/er/file") == "1234:99 440\ntext"
        )
        var status = stat()
        let uid = try Caller.standard.uid
        #expect(
            stat("\(fixture.scratch.path)/file", &status) == 0 && status.st_uid == uid
                && status.st_mode & 0o777 == 0o600)
    }

    @Test("a service that was not given one does not see it")
    func notGranted() throws {
        let fixture = try Fixture(
            """
            services:
              with: {image: busybox, command: [sleep, "1000"], secrets: [f]}
              without: {image: busybox, command: [sleep, "1000"]}
            secrets: {f: {file: ./file}}
            test: {on: without}
            """)
        try fixture.scratch.write("text", to: "file")
        #expect(try fixture.output(of: "ls /run/secrets 2>/dev/null; true").isEmpty)
    }
}
