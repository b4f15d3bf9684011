import CCap
import CLinux
import Glibc

/// Who a process is: its user, groups and the capabilities it may ever have.
public struct ProcessIdentity: Hashable, Sendable {
    /// The real, effective and saved user.
    public var uid: uid_t
    /// The real, effective and saved group.
    public var gid: gid_t
    /// The supplementary groups.
    public var groups: [gid_t]

    /// Takes each property; see there.
    public init(uid: uid_t, gid: gid_t, groups: [gid_t] = []) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }

    /// Has the calling process take on this identity for good.
    ///
    /// As Docker does it: the bounding set is cut down to `capabilities`; root keeps these, any other user starts with
    /// none and can get them only from a file's; nothing is inheritable or ambient (CVE-2022-24769).
    ///
    /// The order is forced: the bounding set needs CAP_SETPCAP, groups CAP_SETGID, both of which go with the user.
    ///
    /// - Throws: ``SystemCallError``: `EPERM` without the capabilities above, `EINVAL` for ids that the user namespace
    ///   does not map.
    ///
    /// See capabilities(7); the system calls are `prctl(2)`, `setgroups(2)`, `setresgid(2)`, `setresuid(2)` and
    /// `capset(2)`.
    public func assume(boundedBy capabilities: Set<Capability>) throws(SystemCallError) {
        for capability in Capability.all where !capabilities.contains(capability) {
            try checked("prctl", "PR_CAPBSET_DROP \(capability)") {
                clinux_prctl(PR_CAPBSET_DROP, UInt(capability.rawValue), 0, 0, 0)
            }
        }
        let (uid, gid, groups) = (uid, gid, groups)
        try checked("setgroups") { clinux_setgroups(groups.count, groups) }
        try checked("setresgid", "\(gid)") { clinux_setresgid(gid, gid, gid) }
        try checked("setresuid", "\(uid)") { clinux_setresuid(uid, uid, uid) }
        try Capability.set(uid == 0 ? capabilities : [])
    }
}

/// A capability by its number (linux/capability.h).
public struct Capability: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// 0...63.
    public var rawValue: Int32

    /// Takes a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Looks up a name such as `CAP_NET_ADMIN`, in either case; `nil` for one that libcap does not know.
    public init?(name: String) {
        var value: cap_value_t = 0
        guard cap_from_name(name.lowercased(), &value) == 0 else { return nil }
        rawValue = value
    }

    /// Those that the running kernel has.
    public static var all: [Capability] { (0..<cap_max_bits()).map(Capability.init) }

    /// `CAP_NET_ADMIN`; a number where libcap knows no name.
    public var description: String {
        guard let name = cap_to_name(rawValue) else { return "\(rawValue)" }
        defer { cap_free(name) }
        return String(cString: name).uppercased()
    }

    /// Sets the calling process's permitted and effective capabilities; the inheritable set becomes empty.
    static func set(_ capabilities: Set<Capability>) throws(SystemCallError) {
        guard let state = cap_init() else {
            let code = errno
            throw SystemCallError(call: "cap_init", errno: code, subject: "")
        }
        defer { cap_free(UnsafeMutableRawPointer(state)) }
        let values = capabilities.map(\.rawValue)
        for flag in [CAP_PERMITTED, CAP_EFFECTIVE] where !values.isEmpty {
            try checked("cap_set_flag") { cap_set_flag(state, flag, CInt(values.count), values, CAP_SET) }
        }
        try checked("capset") { cap_set_proc(state) }
    }
}
