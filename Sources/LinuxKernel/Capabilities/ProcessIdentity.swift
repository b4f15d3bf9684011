import CLinux
import Glibc

/// Who a container's process is, and what it may do.
public struct ProcessIdentity: Hashable, Sendable {
    /// In the process's user namespace.
    public var user: uid_t
    /// The primary group.
    public var group: gid_t
    /// The supplementary groups; the kernel takes up to 65,536. `nil`: those that the process has.
    public var groups: [gid_t]?
    /// What the process, or a set-user-id program that it runs, can ever have.
    public var capabilities: CapabilitySet

    /// Takes the values as they are.
    public init(user: uid_t, group: gid_t, groups: [gid_t]? = [], capabilities: CapabilitySet) {
        self.user = user
        self.group = group
        self.groups = groups
        self.capabilities = capabilities
    }

    /// Makes the calling process, which must be root in its user namespace and have one thread, this identity.
    ///
    /// As Docker does it: the bounding set becomes ``capabilities``; user 0 has all of them, permitted and effective;
    /// any other user has none, as after login. Nothing is inheritable or ambient, so a program without file
    /// capabilities gains nothing through execve(2).
    ///
    /// The order is the kernel's: the bounding set needs `CAP_SETPCAP`, the groups need `CAP_SETGID`, the change of
    /// the user needs `CAP_SETUID` and, away from 0, takes all capabilities with it. A filter that is to be
    /// installed without no_new_privs needs `CAP_SYS_ADMIN` and comes before.
    ///
    /// - Throws: ``SystemCallError``; the process is in a state between the two, fit only to end.
    public func assume() throws(SystemCallError) {
        try dropBoundingSet()
        try checked("prctl", "PR_CAP_AMBIENT_CLEAR_ALL") {
            clinux_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
        }
        if let groups { try checked("setgroups", "\(groups)") { clinux_setgroups(groups.count, groups) } }
        try checked("setresgid", "\(group)") { clinux_setresgid(group, group, group) }
        try checked("setresuid", "\(user)") { clinux_setresuid(user, user, user) }
        try (user == 0 ? capabilities : []).assume()
    }

    private func dropBoundingSet() throws(SystemCallError) {
        for capability in CapabilitySet.all.subtracting(capabilities) {
            try checked("prctl", "PR_CAPBSET_DROP \(capability)") {
                clinux_prctl(PR_CAPBSET_DROP, UInt(capability.number), 0, 0, 0)
            }
        }
    }
}

/// Makes execve(2) grant nothing that the caller lacks, whatever set-id bits and file capabilities say; irrevocable.
///
/// The corresponding system call is `prctl(2)` with `PR_SET_NO_NEW_PRIVS`.
public func forbidNewPrivileges() throws(SystemCallError) {
    try checked("prctl", "PR_SET_NO_NEW_PRIVS") { clinux_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }
}
