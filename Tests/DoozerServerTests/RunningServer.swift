import DoozerServer
import DoozerService
import Synchronization
import Testing

/// A server of a test's own, on a port of the kernel's choice, and what it logs.
final class RunningServer: Sendable {
    let server: Server
    private let lines: Log

    /// The lines logged so far.
    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    init(_ change: (inout Server.Options) -> Void = { _ in }) throws {
        let log = Log()
        let address = try #require(ServerAddress("127.0.0.1:0"))
        var options = Server.Options(address: address) { line in log.lines.withLock { $0.append(line) } }
        change(&options)
        lines = log
        server = try Server(options) { address in
            Configuration(node: "NODE", address: address, hostname: "host", version: "1")
        }
    }

    var log: [String] { lines.lines.withLock { $0 } }

    func client() throws -> RawClient {
        try RawClient(server.address)
    }

    /// Runs `body` and ends the server.
    static func with(
        _ change: (inout Server.Options) -> Void = { _ in }, _ body: (RunningServer) throws -> Void
    ) throws {
        let running = try RunningServer(change)
        let result = Result { try body(running) }
        try running.server.shutdown()
        try result.get()
    }

    /// Waits until the server has so many connections and outstanding requests.
    func waitForLoad(connections: Int, outstanding: Int = 0) throws {
        let deadline = ContinuousClock.now + .seconds(120)
        var load = try server.load()
        while load != (connections, outstanding) {
            try #require(ContinuousClock.now < deadline, "the load stays \(load)")
            load = try server.load()
        }
    }
}
