import CLinux
import Glibc
import LinuxKernel

/// Resource limits of a process (setrlimit(2)).
enum ResourceLimits {
    /// The kernel's numbers, by the names that Compose uses (asm-generic/resource.h).
    private static let numbers: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8,
        "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// Sets them for the calling process.
    ///
    /// A hard limit above the present one needs CAP_SYS_RESOURCE on the host: where that is missing the limit is set as
    /// far as it goes and `warn` told.
    static func apply(_ limits: [LimitSpecification], warn: (String) -> Void) throws {
        for limit in limits {
            guard let number = numbers[limit.name] else {
                throw SetupFailure(.systemCall, call: "setrlimit", subject: limit.name, errno: EINVAL)
            }
            let resource = resource(number)
            var wanted = rlimit(rlim_cur: value(limit.soft), rlim_max: value(limit.hard))
            do {
                try checked("setrlimit", limit.name) { setrlimit(resource, &wanted) }
            } catch {
                guard error.errno == EPERM else { throw error }
                var present = rlimit()
                try checked("getrlimit", limit.name) { getrlimit(resource, &present) }
                var possible = rlimit(
                    rlim_cur: min(wanted.rlim_cur, present.rlim_max), rlim_max: min(wanted.rlim_max, present.rlim_max))
                try checked("setrlimit", limit.name) { setrlimit(resource, &possible) }
                warn(
                    "ulimit \(limit.name): the host allows no more than \(describe(present.rlim_max)), "
                        + "\(describe(wanted.rlim_max)) was asked for (raising it needs CAP_SYS_RESOURCE)")
            }
        }
    }

    private static func resource(_ number: Int32) -> __rlimit_resource_t { __rlimit_resource_t(UInt32(number)) }
    private static func value(_ limit: Int64) -> rlim_t { limit < 0 ? rlim_t.max : rlim_t(limit) }
    private static func describe(_ limit: rlim_t) -> String { limit == rlim_t.max ? "unlimited" : String(limit) }
}
