import EnvironmentFile
import Testing

@Suite("ready")
struct ReadyTests {
    @Test(
        "reads every condition, in either spelling",
        arguments: [
            ("{tcp: 5432}", [.tcp(5432)]),
            ("{http: 80}", [.http(port: 80, path: "/", status: nil)]),
            ("{http: {port: 80, path: /health, status: 204}}", [.http(port: 80, path: "/health", status: 204)]),
            ("{log: 'ready to accept [a-z]+$'}", [.log("ready to accept [a-z]+$")]),
            ("{file: /run/x.pid}", [.file("/run/x.pid")]),
            ("{exec: [pg_isready, -q]}", [.exec(["pg_isready", "-q"])]),
            ("{exec: pg_isready -q}", [.exec(["pg_isready", "-q"])]),
            ("{tcp: 1, file: /a}", [.tcp(1), .file("/a")]),
            ("[{tcp: 1}, {tcp: 2}]", [.tcp(1), .tcp(2)]),
        ] as [(String, [Ready.Condition])])
    func conditions(_ text: String, _ expected: [Ready.Condition]) throws {
        for key in ["ready", "x-ready"] {
            let loaded = try loadService("\(key): \(text)")
            #expect(loaded.messages == [])
            #expect(loaded.service?.ready?.conditions == expected)
            #expect(loaded.service?.ready?.requiresAll == false)
            #expect(loaded.service?.ready?.timeout == .seconds(60))
        }
    }

    @Test("takes 'all' and 'timeout' among the conditions")
    func settings() throws {
        let ready = try loadService("ready: {tcp: 1, all: true, timeout: 5s}").service?.ready
        #expect(ready?.requiresAll == true)
        #expect(ready?.timeout == .seconds(5))
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("{}", "4:12: error: 'ready' has no condition"),
            ("{timeout: 5s}", "4:12: error: 'ready' has no condition"),
            ("{tcp: 0}", "4:18: error: 'tcp' must be 1 to 65535, not 0"),
            ("{tcp: http}", "4:18: error: 'tcp' must be a whole number, not 'http'"),
            ("{tpc: 1}", "4:13: error: 'tpc' is not known in 'ready'"),
            ("{log: 'a('}", "4:18: error: 'log' is not an extended regular expression: Unmatched ( or \\("),
            (
                "{log: '(a{100}){100}'}",
                "4:18: error: 'log' is not an extended regular expression: repeats more than 1000 times"
            ),
            ("{file: x}", "4:19: error: 'file' must be an absolute path, not 'x'"),
            ("{exec: []}", "4:19: error: 'exec' must name a program"),
            ("{http: {path: /}}", "4:19: error: 'http' has no 'port'"),
            ("{http: {port: 1, path: x y}}", "4:35: error: 'x y' can't be requested"),
            ("{http: {port: 1, status: 99}}", "4:37: error: 'status' must be 100 to 599, not 99"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try loadService("ready: \(text)").messages.first == expected)
    }

    @Test("both spellings together are one too many")
    func twice() throws {
        let loaded = try loadService("ready: {tcp: 1}\nx-ready: {tcp: 2}")
        #expect(loaded.messages == ["5:5: error: 'x-ready' and 'ready' on line 4 say the same thing"])
    }

    @Test("a log pattern is found anywhere in a line")
    func matching() throws {
        let pattern = try LogPattern("^LOG: +ready (yes|no)$")
        #expect(pattern.matches("LOG:  ready yes"))
        #expect(!pattern.matches("LOG: ready maybe"))
    }
}
