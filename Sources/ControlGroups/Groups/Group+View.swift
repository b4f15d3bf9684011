/// What a container is to see of its control groups, below /sys/fs/cgroup.
public enum ControlGroupView: Hashable, Sendable {
    /// Version 2: the directory of its own group, on the host.
    case unified(path: String)
    /// Version 1: a directory for each hierarchy.
    case legacy([Entry])

    /// A hierarchy of version 1.
    public struct Entry: Hashable, Sendable {
        /// Its directory below /sys/fs/cgroup, as the host calls it: `memory`, `cpu,cpuacct`.
        public var name: String
        /// Other names of it: each of its controllers.
        public var links: [String]
        /// The directory that is shown, on the host.
        public var path: String

        /// Takes each property; see there.
        public init(name: String, links: [String], path: String) {
            self.name = name
            self.links = links
            self.path = path
        }
    }
}

extension Group {
    /// What its processes are to see of it; `nil`: the host gave no group to show.
    ///
    /// With version 1, without a limit, that is nothing: it would be the host's.
    public var view: ControlGroupView? {
        if isUnifiedOnly { return unified.map { .unified(path: $0.path) } }
        if shown.isEmpty { return nil }
        return .legacy(
            shown.compactMap { name, controllers in
                // One hierarchy may have several controllers, such as cpu and cpuacct, and then one directory for them.
                guard let directory = controllers.lazy.compactMap({ legacy[$0] }).first else { return nil }
                return ControlGroupView.Entry(
                    name: name, links: controllers.map(\.rawValue).filter { $0 != name }, path: directory.path)
            }.sorted { $0.name < $1.name })
    }
}

extension EnvironmentGroup {
    /// What is looked for together by programs that ask for their limits, such as Java's virtual machine: where one of
    /// them bounds something all have to be there, and the process to be in their groups.
    private static let companions: [Controller] = [.memory, .cpu, .cpuacct, .cpuset]

    /// The controllers of version 1 that a container's group needs besides those of its limits.
    mutating func companions(of limits: Limits) throws(ControlGroupError) -> [Controller] {
        guard limits.controllers.contains(where: { legacy[$0] != nil }) else { return [] }
        var result: [Controller] = []
        for controller in Self.companions where hierarchies.legacy[controller] != nil {
            // What can't be had is not shown; no limit depends on it.
            if try prepare(controller) == nil { result.append(controller) }
        }
        return result
    }

    /// Notes what a container's group shows.
    func arrangeView(of group: inout Group) {
        group.isUnifiedOnly = hierarchies.legacy.isEmpty
        for controller in Controller.allCases where group.legacy[controller] != nil {
            guard let name = hierarchies.legacy[controller]?.mountPoint.split(separator: "/").last else { continue }
            group.shown[String(name), default: []].append(controller)
        }
    }
}
