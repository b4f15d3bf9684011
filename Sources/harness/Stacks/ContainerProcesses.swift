import ControlGroups
import Glibc
import LocalStacks

/// Finds the processes of an environment's containers as the host sees them, by their control groups.
struct ContainerProcesses {
    private let target: StackTarget
    private let hierarchies: Hierarchies

    init(_ target: StackTarget) throws {
        self.target = target
        hierarchies = try Hierarchies.current()
    }

    /// Its groups; `nil` where it does not run.
    ///
    /// - Throws: ``Failure`` where a container runs and the host gives it no group.
    func groups(of record: ServiceRecord) throws -> ContainerGroups? {
        guard record.isRunning else { return nil }
        if let groups = try ContainerGroups(record.container, of: target.identifier, in: hierarchies) { return groups }
        throw Failure(
            "nothing tells the processes of '\(record.container)': the host has no control groups for containers",
            remedy: "see 'harness doctor'", code: .engineFailed)
    }
}

extension ServiceRecord {
    /// Whether it has processes.
    var isRunning: Bool { ["running", "paused", "stopping"].contains(state) }
}

extension StackTarget {
    /// The environment's containers of these services, all where none is named.
    ///
    /// - Throws: ``Failure`` for a service that is not there.
    func records(_ services: [String]) throws -> [ServiceRecord] {
        var records: [ServiceRecord] = []
        _ = try ask(self, .status) { reply in
            if case .service(let record) = reply { records.append(record) }
        }
        for name in services where !records.contains(where: { $0.service == name || $0.container == name }) {
            throw Failure("no service '\(name)' is in the environment", remedy: "see 'harness ps'", code: .usage)
        }
        guard !services.isEmpty else { return records }
        return records.filter { services.contains($0.service) || services.contains($0.container) }
    }
}
