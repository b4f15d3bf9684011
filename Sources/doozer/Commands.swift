import DoozerClient
import DoozerProtocol

/// Does what an invocation asks for, and prints what comes of it.
struct Commands {
    /// The file or directory a command was to read is not there.
    struct Missing: Error {
        var path: String
    }

    let client: Client
    let invocation: Invocation

    /// Runs the command.
    ///
    /// - Throws: ``ClientError``, ``Missing``, or ``StandardStream/Failure``.
    func run() throws {
        switch invocation.command {
        case .get(let path):
            try get(path)
        case .set(let path, let condition, let body):
            let bytes = try body.map { Array($0.utf8) } ?? StandardStream.readInput()
            try StandardStream.write("\(try client.set(path, to: bytes, ifAtMost: condition))\n")
        case .del(let path, let condition):
            try client.delete(path, ifAtMost: condition)
        case .rev:
            try StandardStream.write("\(try client.revision())\n")
        case .find(let pattern):
            try find(pattern)
        case .stat(let path):
            try stat(path)
        case .wait(let glob):
            try watch(glob, count: 1)
        case .watch(let glob):
            try watch(glob, count: invocation.count ?? Int.max)
        case .help, .version:
            break
        }
    }

    private func get(_ path: String) throws {
        let content = try client.get(path, at: invocation.revision)
        guard content.revision != Revision.missing else { throw Missing(path: path) }
        try StandardStream.write(content.body)
    }

    private func stat(_ path: String) throws {
        let status = try client.status(path, at: invocation.revision)
        switch status.revision {
        case Revision.missing: throw Missing(path: path)
        case Revision.directory: try StandardStream.write("d \(status.length)\n")
        default: try StandardStream.write("\(status.revision) \(status.length)\n")
        }
    }

    /// All of it at one revision, whatever changes meanwhile.
    private func find(_ pattern: String) throws {
        let revision = try invocation.revision ?? client.revision()
        guard pattern.contains(where: { $0 == "*" || $0 == "?" }) else {
            return try list(pattern, at: revision)
        }
        var offset: Int32 = 0
        while let match = try client.match(of: pattern, offset: offset, at: revision) {
            try StandardStream.write("\(match.path)\n")
            offset += 1
        }
    }

    private func list(_ path: String, at revision: Int64) throws {
        let status = try client.status(path, at: revision)
        guard status.revision != Revision.missing else { throw Missing(path: path) }
        try StandardStream.write("\(path)\n")
        guard status.revision == Revision.directory else { return }
        var offset: Int32 = 0
        while let name = try client.entry(of: path, offset: offset, at: revision) {
            try list(path == "/" ? "/\(name)" : "\(path)/\(name)", at: revision)
            offset += 1
        }
    }

    private func watch(_ glob: String, count: Int) throws {
        var revision = try invocation.revision ?? client.revision() + 1
        for _ in 0..<count {
            let deadline = invocation.timeout.map { ContinuousClock.now + $0 }
            let event = try client.wait(glob, from: revision, deadline: deadline)
            revision = event.revision + 1
            let kind = event.flags == ResponseFlags.set ? "set" : event.flags == ResponseFlags.deleted ? "del" : "nop"
            let head = "\(event.path) \(event.revision) \(kind) \(event.body.count)\n"
            try StandardStream.write(Array(head.utf8) + event.body + [UInt8(ascii: "\n")])
        }
    }
}
