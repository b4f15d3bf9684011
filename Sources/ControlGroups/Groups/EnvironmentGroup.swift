import Glibc
import LinuxKernel

/// The cgroups of one environment: `harness/ENVIRONMENT` in each hierarchy that is needed, with one child for each
/// container.
///
/// The groups are plain directories that outlive the process: ``remove(timeout:)`` takes them away, and
/// ``sweep(_:in:timeout:)`` does so for an environment whose processes were killed.
public struct EnvironmentGroup: ~Copyable {
    /// The environment's name among all on the host.
    public let id: String
    /// What the host cannot give to any container of this environment.
    public let warnings: [ControlGroupWarning]
    let hierarchies: Hierarchies
    let unified: PlacedGroup?
    private(set) var legacy: [Controller: Directory]
    /// Version 2 controllers that containers have; a reason for each that they cannot have.
    private var controllers: [Controller: String?] = [:]

    /// What each container's own group has to see to, where the environment's can't.
    private(set) var ownRules: [DeviceRule]?

    /// The name of the group above those of the environments.
    static let top = "harness"

    /// Creates the environment's group in version 2; elsewhere it is created when a limit needs it.
    ///
    /// A host that lets the caller create none gives a warning, and containers without groups.
    ///
    /// - Throws: ``ControlGroupError/invalidName(_:)``, or `EEXIST` where there is one already.
    public init(_ id: String, in hierarchies: Hierarchies) throws(ControlGroupError) {
        try checkName(id)
        let placement = try Placement(id, in: hierarchies)
        self.id = id
        self.hierarchies = hierarchies
        unified = placement.unified
        legacy = placement.legacy
        warnings = placement.reason.map { [.noGroup(reason: $0)] } ?? []
    }

    /// Creates a container's group and sets its limits.
    ///
    /// - Parameter devices: What it may use instead of what ``restrictDevices(_:)`` lets all use.
    /// - Returns: The group, with a warning for each limit that the host cannot enforce.
    /// - Throws: ``ControlGroupError`` for a name or limit that can never be right, or `EEXIST`.
    public mutating func makeGroup(
        _ name: String, limits: Limits = .none, devices: [DeviceRule]? = nil
    ) throws(ControlGroupError) -> Group {
        try checkName(name)
        try limits.check()
        var group = Group(name: name)
        for controller in limits.controllers where legacy[controller] == nil {
            if let reason = try prepare(controller) {
                group.warnings.append(.limitNotEnforced(controller, reason: reason))
            }
        }
        let companions = try companions(of: limits)
        do throws(SystemCallError) {
            group.unified = try unified?.directory.makeChild(name, exclusively: true)
            let needed = (unified == nil ? Array(legacy.keys) : limits.controllers) + companions
            for controller in needed where group.legacy[controller] == nil {
                group.legacy[controller] = try makeChild(for: controller, of: group)
            }
            try group.inheritProcessors(from: legacy[.cpuset])
        } catch {
            throw ControlGroupError.system(error)
        }
        if !limits.controllers.isEmpty || hierarchies.legacy.isEmpty { arrangeView(of: &group) }
        group.apply(limits)
        if let rules = devices ?? ownRules { try restrictDevices(of: &group, rules) }
        return group
    }

    /// A container's group in a hierarchy of version 1, which several controllers may share.
    func makeChild(for controller: Controller, of group: Group) throws(SystemCallError) -> Directory? {
        let hierarchy = hierarchies.legacy[controller]
        if let shared = group.legacy.first(where: { hierarchies.legacy[$0.key] == hierarchy }) { return shared.value }
        return try legacy[controller]?.makeChild(group.name, exclusively: true)
    }

    /// Lets all containers use only what a policy allows, unless they are made with rules of their own.
    ///
    /// Costs a container nothing: in version 2 the groups below the environment's ask its program. Where that can't be
    /// (no version 2, or a kernel without such programs), each container's group is given `rules`.
    public mutating func restrictDevices(_ policy: LoadedDevicePolicy?, rules: [DeviceRule]) {
        if let policy, let unified {
            do throws(SystemCallError) {
                try policy.attach(to: unified.directory)
                return
            } catch {
                // Version 1 may have the controller.
            }
        }
        ownRules = rules
    }

    /// Makes a controller usable for containers; returns why it cannot be.
    mutating func prepare(_ controller: Controller) throws(ControlGroupError) -> String? {
        if let known = controllers[controller] { return known }
        let reason: String?
        if let hierarchy = hierarchies.legacy[controller] {
            if let shared = legacy.first(where: { hierarchies.legacy[$0.key] == hierarchy }) {
                // One hierarchy has several controllers, such as cpu and cpuacct.
                legacy[controller] = shared.value
                controllers[controller] = .some(nil)
                return nil
            }
            switch try PlacedGroup.create(id, in: hierarchy) {
            case .success(let group):
                legacy[controller] = group.directory
                reason = controller == .cpuset ? group.inheritProcessors() : nil
            case .failure(let refusal): reason = refusal.description
            }
        } else if let unified {
            reason = unified.enable(controller)
        } else {
            reason = "no hierarchy has the \(controller.rawValue) controller"
        }
        controllers[controller] = .some(reason)
        return reason
    }

    /// Kills all processes of the environment; returns without waiting for their end.
    public func kill() throws(ControlGroupError) {
        try system { () throws(SystemCallError) in
            if let unified { return try unified.directory.killMembers() }
            for directory in legacy.values { try directory.killMembers() }
        }
    }

    /// Removes one container's group, when its processes have ended or are about to.
    public func removeGroup(_ name: String, timeout: Duration) throws(ControlGroupError) {
        try checkName(name)
        let deadline = Deadline(after: timeout)
        for directory in legacy.values + [unified?.directory].compactMap({ $0 }) {
            let isGone = try system { () throws(SystemCallError) in
                try directory.removeChild(name, deadline: deadline)
            }
            if !isGone { throw ControlGroupError.stillPopulated("\(directory.path)/\(name)") }
        }
    }

    /// Kills what is left of the environment and removes its groups in all hierarchies.
    ///
    /// - Parameter timeout: How long the end of killed processes is waited for.
    public consuming func remove(timeout: Duration) throws(ControlGroupError) {
        try Self.sweep(id, in: hierarchies, timeout: timeout)
    }

    /// Kills what is left of an environment, if anything is, and removes its groups in all hierarchies.
    ///
    /// Every hierarchy is swept, even after one fails.
    ///
    /// - Throws: The first failure.
    public static func sweep(_ id: String, in hierarchies: Hierarchies, timeout: Duration) throws(ControlGroupError) {
        try checkName(id)
        let deadline = Deadline(after: timeout)
        var failure: ControlGroupError?
        for hierarchy in [hierarchies.unified].compactMap({ $0 }) + hierarchies.legacy.values {
            for base in hierarchy.bases {
                do throws(ControlGroupError) {
                    try PlacedGroup.sweep(id, below: base, deadline: deadline)
                } catch {
                    failure = failure ?? error
                }
            }
        }
        if let failure { throw failure }
    }
}

/// Refuses what is no single path component.
func checkName(_ name: String) throws(ControlGroupError) {
    guard (1...255).contains(name.utf8.count), name != ".", name != "..",
        name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") })
    else { throw ControlGroupError.invalidName(name) }
}
