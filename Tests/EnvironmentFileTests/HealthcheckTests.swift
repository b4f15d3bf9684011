import EnvironmentFile
import Testing

@Suite("healthcheck")
struct HealthcheckTests {
    @Test(
        "reads every form of test",
        arguments: [
            ("test: pg_isready -q", .shell("pg_isready -q")),
            ("test: [CMD, pg_isready, -q]", .command(["pg_isready", "-q"])),
            ("test: [CMD-SHELL, pg_isready -q]", .shell("pg_isready -q")),
            ("test: [NONE]", .disabled),
            ("disable: true", .disabled),
            ("interval: 5s", .image),
        ] as [(String, Healthcheck.Probe)])
    func probes(_ text: String, _ expected: Healthcheck.Probe) throws {
        let loaded = try loadService("healthcheck: {\(text)}")
        #expect(loaded.messages == [])
        #expect(loaded.service?.healthcheck?.probe == expected)
    }

    @Test("has the specification's defaults, and takes times and retries")
    func timing() throws {
        let plain = try #require(try loadService("healthcheck: {test: x}").service?.healthcheck)
        #expect(plain.interval == .seconds(30))
        #expect(plain.timeout == .seconds(30))
        #expect(plain.retries == 3)
        #expect(plain.startPeriod == .zero)
        #expect(plain.startInterval == nil)
        let text = "{test: x, interval: 1m30s, timeout: 500ms, retries: '7', start_period: 1.5s, start_interval: 20ms}"
        let full = try #require(try loadService("healthcheck: \(text)").service?.healthcheck)
        #expect(full.interval == .seconds(90))
        #expect(full.timeout == .milliseconds(500))
        #expect(full.retries == 7)
        #expect(full.startPeriod == .milliseconds(1500))
        #expect(full.startInterval == .milliseconds(20))
    }

    @Test(
        "mistakes are named",
        arguments: [
            (
                "{test: [pg_isready]}",
                "4:26: error: a list under 'test' must begin with NONE, CMD or CMD-SHELL, not 'pg_isready'"
            ),
            ("{test: [CMD]}", "4:26: error: 'CMD' has the wrong number of words after it"),
            ("{test: {a: b}}", "4:25: error: 'test' must be a string or a list, not a mapping"),
            ("{interval: 10}", "4:29: error: 'interval' must be a string, not 10"),
            ("{interval: '10'}", "4:29: error: 'interval' '10' is not a duration"),
            ("{interval: soon}", "4:29: error: 'interval' 'soon' is not a duration"),
            ("{retries: many}", "4:28: error: 'retries' must be a number, not 'many'"),
            ("{retries: -1}", "4:28: error: 'retries' must be 0 to 2147483647, not -1"),
            ("{tset: x}", "4:19: error: 'tset' is not known in 'healthcheck'"),
            ("", "4:17: error: 'healthcheck' must be a mapping, not empty"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try loadService("healthcheck: \(text)").messages == [expected])
    }
}
