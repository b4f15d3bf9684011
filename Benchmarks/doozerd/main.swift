// Measures a doozerd over its socket, prints one line a figure, and fails when one misses its budget.

import DoozerProtocol
import Glibc

func complain(_ message: String, _ status: CInt) -> Never {
    let line = Array("doozerd-benchmark: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(status)
}

/// The client of the scenario that kills it: it waits for something, then for ever in the middle of a message.
func sendHalfMessage(port: UInt16) throws -> Never {
    let peer = try Peer(port: port)
    let wait = request(.wait, tag: 1, path: "/x", rev: 8)
    try peer.send(wait + wait.dropLast(2))
    while true { pause() }
}

func run() throws {
    var arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "--half-message", let port = arguments.last.flatMap({ UInt16($0) }) {
        try sendHalfMessage(port: port)
    }
    guard let executable = arguments.popFirst(), arguments.count <= 2 else {
        complain("usage: doozerd-benchmark DOOZERD [SETS [CONNECTIONS]]", 64)
    }
    let sets = arguments.popFirst().flatMap { Int($0) } ?? 1_000_000
    let connections = arguments.popFirst().flatMap { Int($0) } ?? 10_000
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    guard limit.rlim_cur > connections + 100 else {
        complain("needs \(connections + 100) open files; this process may have \(limit.rlim_cur)", 69)
    }
    let scenarios = Scenarios(executable: executable, sets: sets, connections: connections)
    let measurements: [() throws -> [Figure]] = [
        { [try scenarios.start()] },
        { [try scenarios.waits(10_000, over: 10), try scenarios.waits(connections, over: connections)] },
        { [try scenarios.kills()] },
        scenarios.leaks,
        scenarios.throughput,
    ]
    var isMet = true
    for measure in measurements {
        for figure in try measure() {
            print("\(figure.isMet ? "met   " : "MISSED") \(figure.name): \(figure.measured) (budget \(figure.budget))")
            isMet = isMet && figure.isMet
        }
    }
    exit(isMet ? 0 : 1)
}

do {
    try run()
} catch {
    complain("\(error)", 70)
}
