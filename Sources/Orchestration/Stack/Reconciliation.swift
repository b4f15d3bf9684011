import EnvironmentFile

/// Compares what runs with what is wanted: a list of changes, each with its causes, that decides nothing further.
public struct Reconciliation: Hashable, Sendable {
    /// A container that is there.
    public struct Present: Hashable, Sendable {
        var plan: ContainerPlan
        var ports: [PortPlan]
        /// It runs, is about to, or has done its work.
        var isUp: Bool
        /// Why it is not up.
        var ending: String
    }

    /// What the command line says.
    public struct Options: Hashable, Sendable {
        /// The containers that are seen to, all of them with what they depend on; `nil`: all.
        public var chosen: Set<String>?
        /// Those that are replaced whether they have changed or not.
        public var forced: Set<String> = []
        /// Whether containers of services that the file does not have any more are taken away.
        public var removesOrphans = false

        /// Sees to all, replaces what has changed, takes nothing away.
        public init() {}
    }

    /// Removals first, against the boot order; then in boot order.
    public private(set) var changes: [StackChange] = []
    /// Containers of services that the file does not have any more and that stay.
    public private(set) var orphans: [String] = []
    /// The networks are others, so that everything has to live in a sandbox of its own.
    public private(set) var needsNewSandbox = false

    /// - Parameters:
    ///   - present: Every container that is there, in boot order.
    ///   - networks: Those that they live in; empty where nothing lives.
    public init(present: [Present], networks: [NetworkPlan], wanted: Plan, options: Options = Options()) {
        let known = Dictionary(present.map { ($0.plan.name, $0) }, uniquingKeysWith: { first, _ in first })
        needsNewSandbox = !present.isEmpty && networks != wanted.networks
        var actions: [String: StackChange] = [:]
        for container in wanted.containers {
            let change = Self.change(container, known[container.name], wanted, options)
            actions[container.name] = change
            if needsNewSandbox, known[container.name] != nil {
                actions[container.name] = StackChange(container.name, .replace, ["the networks have changed"])
            }
        }
        Self.addDependents(of: wanted, to: &actions)
        changes = removals(present, wanted, options) + wanted.containers.compactMap { actions[$0.name] }
    }

    private static func change(
        _ container: ContainerPlan, _ present: Present?, _ wanted: Plan, _ options: Options
    ) -> StackChange {
        let name = container.name
        let isChosen = options.chosen?.contains(name) ?? true
        guard let present else { return isChosen ? StackChange(name, .create, ["new"]) : StackChange(name, .keep) }
        guard isChosen else { return StackChange(name, .keep) }
        let differences = container.differences(from: present.plan, networks: wanted.networks)
        if !differences.isEmpty { return StackChange(name, .replace, differences) }
        if options.forced.contains(name) { return StackChange(name, .replace, ["asked for"]) }
        if !present.isUp { return StackChange(name, .start, [present.ending]) }
        let ports = wanted.ports.filter { $0.service == name }.map(\.identity)
        if Set(ports) != Set(present.ports.map(\.identity)) { return StackChange(name, .publish, ["ports"]) }
        return StackChange(name, .keep)
    }

    /// Whoever shares namespaces with what is replaced is replaced too; `restart: true` restarts.
    private static func addDependents(of plan: Plan, to actions: inout [String: StackChange]) {
        // In boot order, so that what is decided for one counts for those after it.
        for container in plan.containers {
            guard let own = actions[container.name], [.keep, .publish].contains(own.action) else { continue }
            var causes: [String] = []
            var action = StackChange.Action.restart
            for dependency in container.dependencies {
                guard let other = actions[dependency.service], [.replace, .restart].contains(other.action) else {
                    continue
                }
                let isShared = container.sharesNamespaces(with: dependency.service)
                guard isShared || dependency.restart else { continue }
                if isShared { action = .replace }
                let what = other.action == .replace ? "replaced" : "restarted"
                causes.append("'\(dependency.service)' is \(what)")
            }
            if !causes.isEmpty { actions[container.name] = StackChange(container.name, action, causes) }
        }
    }

    private mutating func removals(_ present: [Present], _ wanted: Plan, _ options: Options) -> [StackChange] {
        let names = Set(wanted.containers.map(\.name))
        let services = Set(wanted.containers.map(\.service))
        var removals: [StackChange] = []
        for container in present.reversed() where !names.contains(container.plan.name) {
            if services.contains(container.plan.service) {
                removals.append(StackChange(container.plan.name, .remove, ["one of fewer containers"]))
            } else if options.removesOrphans || needsNewSandbox {
                removals.append(StackChange(container.plan.name, .remove, ["not in the file any more"]))
            } else {
                orphans.append(container.plan.name)
            }
        }
        return removals
    }

    /// Whether anything is to be done.
    public var isEmpty: Bool { changes.allSatisfy { $0.action == .keep } }
}

extension ContainerPlan {
    /// Whether it lives in namespaces of that container's.
    func sharesNamespaces(with name: String) -> Bool {
        networking.mode == .container(name) || isolation.processes == .service(name) || isolation.ipc == .service(name)
    }
}
