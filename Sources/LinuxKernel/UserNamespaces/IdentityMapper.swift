import CLinux
import Glibc

/// newuidmap(1) and newgidmap(1) at work: the set-user-ID programs of the system by which a user's process gets the
/// subordinate ids that the administrator has given to that user. The harness has no such program of its own.
struct IdentityMapper: Sendable {
    /// Never by the caller's `PATH`.
    private static let directories = ["/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin"]

    private let programs: [(name: String, pid: pid_t)]
    /// What they say.
    private let messages: CInt
    /// Programs that are not there.
    private let missing: [String]

    /// Those of the two that are not there.
    static func missingPrograms() -> [String] { ["newuidmap", "newgidmap"].filter { path(of: $0) == nil } }

    private static func path(of program: String) -> String? {
        directories.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// Starts both, side by side.
    ///
    /// - Parameters:
    ///   - process: A child of the caller in a new user namespace, which has not been waited for.
    ///   - done: Kept open by them until they have ended, and for nothing else.
    init(_ map: IdentityMap, of process: pid_t, done: CInt) throws(SystemCallError) {
        let pipe = try OwnedDescriptor.pipe()
        var programs: [(name: String, pid: pid_t)] = []
        var missing: [String] = []
        for (name, extents) in [("newuidmap", map.users), ("newgidmap", map.groups)] {
            guard let path = Self.path(of: name) else {
                missing.append(name)
                continue
            }
            let numbers = extents.flatMap { ["\($0.inside)", "\($0.outside)", "\($0.count)"] }
            // A set-user-ID program gets nothing of the caller's, no variables either.
            var spawn = Spawn([path, "\(process)"] + numbers, environment: [])
            spawn.descriptors = [(caller: done, program: 1), (caller: pipe.writer.rawValue, program: 2)]
            programs.append((name: name, pid: try spawn.start()))
        }
        self.programs = programs
        self.missing = missing
        messages = pipe.takeReader().release()
    }

    /// Waits for their end; what kept them from setting the map, in words. Once.
    func finish() throws(SystemCallError) -> String? {
        defer { close(messages) }
        var failed: [String] = []
        for (name, pid) in programs where try ProcessExit.collect(pid) != .exited(0) { failed.append(name) }
        if !missing.isEmpty { return "\(missing.joined(separator: " and ")) missing" }
        guard !failed.isEmpty else { return nil }
        let said = String(decoding: try readAll(messages, limit: 64 << 10), as: UTF8.self)
            .split(separator: "\n").first.map(String.init)
        return said ?? "\(failed.joined(separator: " and ")) failed"
    }
}
