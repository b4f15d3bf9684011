import Glibc

/// How many descriptors a process may have open (`RLIMIT_NOFILE`): the engine takes what it can get, programs that it
/// starts get what they would have had.
///
/// The soft limit is 1024 on most hosts, for the sake of programs that use select(2), while the hard one allows half a
/// million. An environment takes some five descriptors for each container.
public struct DescriptorLimit: Sendable {
    private let soft: rlim_t

    /// Raises the calling process's soft limit to its hard one.
    public static func raise() throws(SystemCallError) -> DescriptorLimit {
        var limit = try current()
        let original = DescriptorLimit(soft: limit.rlim_cur)
        guard limit.rlim_cur != limit.rlim_max else { return original }
        limit.rlim_cur = limit.rlim_max
        try set(limit)
        return original
    }

    /// Gives the calling process the soft limit that there was before.
    public func restore() throws(SystemCallError) {
        var limit = try Self.current()
        guard limit.rlim_cur != soft else { return }
        limit.rlim_cur = min(soft, limit.rlim_max)
        try Self.set(limit)
    }

    private static func current() throws(SystemCallError) -> rlimit {
        var limit = rlimit()
        try checked("getrlimit", "RLIMIT_NOFILE") { getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
        return limit
    }

    private static func set(_ limit: rlimit) throws(SystemCallError) {
        var limit = limit
        try checked("setrlimit", "RLIMIT_NOFILE") { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    }
}
