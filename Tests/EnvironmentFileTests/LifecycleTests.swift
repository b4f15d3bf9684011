import EnvironmentFile
import OrderedCollections
import Testing

@Suite("identity, build and the process's life")
struct LifecycleTests {
    @Test("are read")
    func forms() throws {
        let loaded = try loadService(
            """
            container_name: db-1
            hostname: db.example
            user: "1000:1000"
            working_dir: /srv/
            init: true
            stop_signal: SIGUSR1
            stop_grace_period: 1m
            labels: [a=b, c]
            platform: linux/amd64
            pull_policy: every_12h
            expose: ["80", 443, "53/udp"]
            """)
        #expect(loaded.messages == [])
        let service = try #require(loaded.service)
        #expect(service.containerName == "db-1")
        #expect(service.hostname == "db.example")
        #expect(service.user == "1000:1000")
        #expect(service.workingDirectory == "/srv")
        #expect(service.hasInit)
        #expect(service.stopSignal == "SIGUSR1")
        #expect(service.stopGracePeriod == .seconds(60))
        #expect(service.labels == ["a": "b", "c": ""])
        #expect(service.platform == "linux/amd64")
        #expect(service.pullPolicy == "every_12h")
        #expect(service.expose == ["80", "443", "53/udp"])
    }

    @Test("an image can be made of packages, in either spelling", arguments: ["", "x-"])
    func build(_ prefix: String) throws {
        let loaded = try load(
            "services:\n  s:\n    build: {\(prefix)packages: [postgresql-15, libc6:amd64], \(prefix)distribution: debian:bookworm}\n"
        )
        #expect(loaded.messages == [])
        #expect(loaded.service?.build?.packages == ["postgresql-15", "libc6:amd64"])
        #expect(loaded.service?.build?.distribution == "debian:bookworm")
        #expect(loaded.service?.image == nil)
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("{}", "2:3: error: service 's' has neither 'image' nor 'build'"),
            ("{image: ''}", "2:14: error: 'image' can't be empty"),
            ("{image: 5}", "2:14: error: 'image' must be a string, not 5"),
            ("{image: [a]}", "2:14: error: 'image' must be a string, not a list"),
            ("{build: {packages: []}}", "2:25: error: 'packages' is empty"),
            ("{build: {packages: [--help]}}", "2:26: error: '--help' can't be a package's name"),
            ("{image: i, stop_signal: SIGTREM}", "2:30: error: 'SIGTREM' is not a signal"),
            ("{image: i, stop_signal: '99'}", "2:30: error: '99' is not a signal"),
            ("{image: i, stop_grace_period: forever}", "2:36: error: 'stop_grace_period' 'forever' is not a duration"),
            ("{image: i, hostname: a_b..c}", "2:27: error: 'a_b..c' can't be a host's name"),
            ("{image: i, working_dir: srv}", "2:30: error: 'working_dir' must be an absolute path, not 'srv'"),
            ("{image: i, pull_policy: sometimes}", "2:30: error: 'sometimes' is no pull policy"),
            ("{image: i, labels: [1]}", "2:26: error: each entry of 'labels' must be a string, not 1"),
            ("{image: i, imgae: j}", "2:17: error: 'imgae' is not known in 's'"),
            ("text", "2:6: error: 's' must be a mapping, not 'text'"),
            ("", "2:5: error: 's' must be a mapping, not empty"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try load("services:\n  s: \(text)\n").messages == [expected])
    }

    @Test("a context to build from is not honoured: an error without an image, else a warning")
    func context() throws {
        #expect(
            try load("services: {s: {build: .}}\n").messages == [
                "1:16: error: service 's' has no 'image', and this version can't get one by 'build'"
            ])
        #expect(
            try load("services: {s: {image: i, build: {context: .}}}\n").messages == [
                "1:34: warning: 'context' is not honoured by this version"
            ])
    }

    @Test("a service's name has letters, digits, '.', '_' and '-'", arguments: ["a b", "a/b", "é", ""])
    func names(_ name: String) throws {
        #expect(
            try load("services: {'\(name)': {image: i}}\n").messages == [
                "1:12: error: '\(name)' can't be a service's name"
            ])
    }

    @Test("a container's name is unique")
    func containerNames() throws {
        let loaded = try load("services: {a: {image: i, container_name: xx}, b: {image: i, container_name: xx}}\n")
        #expect(loaded.messages == ["1:77: error: services 'a' and 'b' have the same 'container_name'"])
    }
}
