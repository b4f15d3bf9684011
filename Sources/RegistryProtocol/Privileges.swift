import CLinux
import Glibc
import LinuxKernel

/// Gives up what a process that parses what strangers send must not have.
public enum Privileges {
    /// Where no user is asked for: one of the numbers that systemd.exec(5) has for users without a name, so that two
    /// helpers are not each other's.
    private static let dynamicUsers: ClosedRange<uid_t> = 61_184...65_519

    /// Becomes a user without a name, where the caller is root; forbids gaining anything by execve(2).
    ///
    /// In a user namespace that has no such user, the user stays: root there is nobody outside.
    ///
    /// - Throws: ``SystemCallError`` where privileges would be kept against the caller's will.
    public static func drop() throws(SystemCallError) {
        let user = uid_t.random(in: dynamicUsers)
        do {
            try become(user: user, group: gid_t(user))
        } catch {
            guard error.errno == EINVAL else { throw error }
            try forbidGaining()
        }
    }

    /// Becomes that user, where the caller is root.
    ///
    /// - Parameter keepingLowPorts: Whether the calling thread, and those that it starts, may still listen at ports below
    ///   1024 (`CAP_NET_BIND_SERVICE`).
    public static func become(user: uid_t, group: gid_t, keepingLowPorts: Bool = false) throws(SystemCallError) {
        if geteuid() == 0 {
            // PR_SET_KEEPCAPS
            if keepingLowPorts { try checked("prctl", "PR_SET_KEEPCAPS") { clinux_prctl(8, 1, 0, 0, 0) } }
            // As root these set the real and the saved identity too.
            try checked("setgroups") { setgroups(0, nil) }
            try checked("setgid") { setgid(group) }
            try checked("setuid") { setuid(user) }
            if keepingLowPorts, let capability = Capability(number: 10) { try CapabilitySet([capability]).assume() }
        }
        try forbidGaining()
    }

    private static func forbidGaining() throws(SystemCallError) {
        // PR_SET_NO_NEW_PRIVS
        try checked("prctl", "PR_SET_NO_NEW_PRIVS") { clinux_prctl(38, 1, 0, 0, 0) }
    }
}
