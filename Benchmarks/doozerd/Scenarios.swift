import Dispatch
import DoozerProtocol
import Glibc
import Synchronization

/// One figure: what was measured, and what it must not miss.
struct Figure {
    var name: String
    var measured: String
    var budget: String
    var isMet: Bool
}

/// What the server is measured by.
struct Scenarios {
    var executable: String
    var sets: Int
    var connections: Int

    private let clock = ContinuousClock()

    init(executable: String, sets: Int, connections: Int) {
        self.executable = executable
        self.sets = sets
        self.connections = connections
    }

    /// From the start of the process to its first answer.
    func start() throws -> Figure {
        let times = try (0..<21).map { _ in
            try clock.measure {
                let server = try ServerProcess(executable)
                let peer = try Peer(port: server.port)
                try peer.send(request(.rev, tag: 1))
                _ = try peer.receive()
            }
        }
        let median = times.sorted()[times.count / 2]
        return Figure(
            name: "start to first answer, median", measured: milliseconds(median), budget: "20 ms",
            isMet: median < .milliseconds(20))
    }

    /// SETs of 8 connections, each with 64 requests under way, and memory all along.
    func throughput() throws -> [Figure] {
        let server = try ServerProcess(executable)
        let warmUp = min(sets / 10, 1_000_000)
        try write(warmUp, to: server)
        let settled = try server.residentMemory()
        var most = settled
        let time = try clock.measure {
            for _ in 0..<9 {
                try write(sets / 9, to: server)
                most = max(most, try server.residentMemory())
            }
        }
        let rate = Double(sets / 9 * 9) / (time / .seconds(1))
        return [
            Figure(
                name: "SETs of 8 pipelining connections", measured: "\(Int(rate)) a second", budget: "50,000 a second",
                isMet: rate >= 50_000),
            Figure(
                name: "memory after \(warmUp), and at most until \(warmUp + sets / 9 * 9) SETs",
                measured: "\(megabytes(settled)), \(megabytes(most))", budget: "8 MB more",
                isMet: most - settled <= 8 << 20),
        ]
    }

    /// WAITs spread over some connections, and one SET that answers them all.
    func waits(_ count: Int, over connectionCount: Int) throws -> Figure {
        let server = try ServerProcess(executable)
        let peers = try (0..<connectionCount).map { _ in try Peer(port: server.port) }
        let share = count / connectionCount
        for (index, peer) in peers.enumerated() {
            let path = index % 2 == 0 ? "/lock" : "/l*"
            try peer.send((0..<Int32(share)).flatMap { request(.wait, tag: $0, path: path, rev: 8) })
            // An answer shows that the requests before it have been taken.
            try peer.send(request(.rev, tag: -1))
            guard try peer.receive().tag == -1 else { throw Peer.Failure(message: "a WAIT was answered early") }
        }
        let writer = try Peer(port: server.port)
        let time = try clock.measure {
            try writer.send(request(.set, tag: 1, path: "/lock", value: [1], rev: 0))
            for peer in peers {
                for _ in 0..<share {
                    guard try peer.receive().rev == 8 else { throw Peer.Failure(message: "not the change") }
                }
            }
        }
        return Figure(
            name: "\(count) WAITs of \(connectionCount) connections answered", measured: milliseconds(time),
            budget: "200 ms", isMet: time < .milliseconds(200))
    }

    /// Connections that come and go, some within a message, some with requests outstanding.
    func leaks() throws -> [Figure] {
        let server = try ServerProcess(executable)
        let descriptors = try server.descriptorCount()
        var memory: [Int] = []
        for _ in 0..<4 {
            var peers: [Peer] = []
            for index in 0..<connections {
                let peer = try Peer(port: server.port)
                let wait = request(.wait, tag: 1, path: "/x/\(index % 100)", rev: 8)
                try peer.send(index % 3 == 0 ? Array(wait.dropLast(3)) : wait)
                peers.append(peer)
            }
            try until { try server.descriptorCount() >= descriptors + connections }
            peers = []
            try until { try server.descriptorCount() == descriptors }
            memory.append(try server.residentMemory())
        }
        let left = try server.descriptorCount() - descriptors
        return [
            Figure(
                name: "descriptors left by 4 times \(connections) connections", measured: "\(left)", budget: "0",
                isMet: left == 0),
            Figure(
                name: "memory after each time", measured: memory.map(megabytes).joined(separator: ", "),
                budget: "half again the first", isMet: memory.dropFirst().allSatisfy { $0 <= memory[0] * 3 / 2 }),
        ]
    }

    /// Clients killed with SIGKILL in the middle of a message and with a WAIT outstanding.
    func kills() throws -> Figure {
        let server = try ServerProcess(executable)
        let descriptors = try server.descriptorCount()
        for _ in 0..<50 {
            let client = try spawn([CommandLine.arguments[0], "--half-message", "\(server.port)"], standardError: 2)
            try until { try server.descriptorCount() > descriptors }
            kill(client, SIGKILL)
            var status: CInt = 0
            waitpid(client, &status, 0)
            try until { try server.descriptorCount() == descriptors }
        }
        let peer = try Peer(port: server.port)
        try peer.send(request(.rev, tag: 1))
        let revision = try peer.receive().rev
        return Figure(
            name: "50 clients killed within a message", measured: "0 descriptors, revision \(revision)",
            budget: "0 descriptors, revision 7", isMet: revision == 7)
    }

    private func write(_ count: Int, to server: ServerProcess) throws {
        let failure = Mutex<Peer.Failure?>(nil)
        let batches = max(1, count / (8 * 64))
        DispatchQueue.concurrentPerform(iterations: 8) { connection in
            do {
                let peer = try Peer(port: server.port)
                for batch in 0..<batches {
                    try peer.send(
                        (0..<64 as Range<Int32>).flatMap {
                            let path = "/bench/\(connection)/\((batch * 64 + Int($0)) % 1000)"
                            return request(.set, tag: $0, path: path, value: Array(path.utf8), rev: -1)
                        })
                    for tag in 0..<64 as Range<Int32> where try peer.receive().tag != tag {
                        throw Peer.Failure(message: "SETs of one connection are answered out of order")
                    }
                }
            } catch {
                failure.withLock { $0 = Peer.Failure(message: "\(error)") }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    private func until(_ condition: () throws -> Bool) throws {
        let deadline = clock.now + .seconds(60)
        while try !condition() {
            guard clock.now < deadline else { throw Peer.Failure(message: "it does not happen within a minute") }
            usleep(1000)
        }
    }
}

private func milliseconds(_ duration: Duration) -> String {
    "\((duration / .milliseconds(1) * 10).rounded() / 10) ms"
}

private func megabytes(_ bytes: Int) -> String {
    "\(bytes >> 20) MB"
}
