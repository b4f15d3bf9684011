import CLinux
import Glibc
import LinuxKernel

/// The cgroup of one container, in each hierarchy where it has one.
///
/// A value that keeps the directories open; ``EnvironmentGroup`` removes them.
public struct Group: Sendable {
    /// The container's name.
    public let name: String
    /// What the host could not give.
    public internal(set) var warnings: [ControlGroupWarning] = []
    /// In version 2.
    var unified: Directory?
    /// In version 1, where the group is needed there.
    var legacy: [Controller: Directory] = [:]
    /// The controllers of hierarchies of version 1 that are shown, by the names of their directories.
    var shown: [String: [Controller]] = [:]
    /// The host has version 2 alone.
    var isUnifiedOnly = false

    init(name: String) { self.name = name }

    /// For `CLONE_INTO_CGROUP` (clone(2)); `nil` where the host has no version 2.
    ///
    /// Valid as long as the group is.
    /// A process cloned into a group is also to ``join(_:)`` it, for the hierarchies of version 1. A cgroup namespace
    /// that it gets in the same call is rooted in its parent's group; one that it unshares afterwards, in its own.
    public var descriptor: CInt? { unified?.descriptor.rawValue }

    /// Whether a process cloned into ``descriptor`` still has to ``join(_:)``.
    public var needsJoin: Bool { !legacy.isEmpty }

    /// Moves a process into the group in the hierarchies of version 1, and, where it was not cloned into it, of
    /// version 2.
    ///
    /// - Parameters:
    ///   - process: 0: the caller.
    ///   - includingUnified: `false` after `CLONE_INTO_CGROUP`.
    public func join(_ process: pid_t = 0, includingUnified: Bool = false) throws(ControlGroupError) {
        try system { () throws(SystemCallError) in
            if includingUnified { try unified?.write("\(process)", to: "cgroup.procs") }
            for directory in legacy.values { try directory.write("\(process)", to: "cgroup.procs") }
        }
    }

    /// The processes in the group; 0 for each that is outside of the caller's PID namespace.
    public func members() throws(ControlGroupError) -> [pid_t] {
        try system { () throws(SystemCallError) in try membership?.members() ?? [] }
    }

    /// Kills all processes in the group and below it; returns without waiting for their end.
    public func kill() throws(ControlGroupError) {
        try system { () throws(SystemCallError) in try membership?.killMembers() }
    }

    /// Stops all processes of the group where they are, or lets them go on; returns before the last one has stopped.
    ///
    /// - Throws: `ENOENT` where the kernel has no freezer for the group.
    public func setFrozen(_ isFrozen: Bool) throws(ControlGroupError) {
        try system { () throws(SystemCallError) in
            if let unified { return try unified.write(isFrozen ? "1" : "0", to: "cgroup.freeze") }
            guard let freezer = legacy[.freezer] else {
                throw SystemCallError(call: "open", errno: ENOENT, subject: "\(name)/freezer.state")
            }
            try freezer.write(isFrozen ? "FROZEN" : "THAWED", to: "freezer.state")
        }
    }

    /// Waits until the group has no members.
    ///
    /// - Returns: Whether it has none; `false` when `timeout` has passed.
    public func waitUntilEmpty(timeout: Duration) throws(ControlGroupError) -> Bool {
        try system { () throws(SystemCallError) in
            try membership?.waitUntilEmpty(deadline: Deadline(after: timeout)) ?? true
        }
    }

    /// How many processes the kernel has killed because the group's memory limit was reached; `nil` where memory is
    /// not accounted for.
    public func outOfMemoryKills() throws(ControlGroupError) -> Int? {
        try system { () throws(SystemCallError) in
            do throws(SystemCallError) {
                if let memory = legacy[.memory] { return try memory.value("oom_kill", in: "memory.oom_control") }
                return try unified?.value("oom_kill", in: "memory.events")
            } catch {
                // Without the controller, the file is not there.
                if error.errno == ENOENT { return nil }
                throw error
            }
        }
    }

    /// The directory that has all members: the one of version 2, else any.
    private var membership: Directory? { unified ?? legacy[.freezer] ?? legacy[.pids] ?? legacy[.memory] }
}

/// Turns a refused system call into this module's error.
func system<Result>(_ body: () throws(SystemCallError) -> Result) throws(ControlGroupError) -> Result {
    do throws(SystemCallError) {
        return try body()
    } catch {
        throw ControlGroupError.system(error)
    }
}
