import CCap
import Glibc

extension CapabilitySet {
    /// Makes this what the calling thread is permitted and uses, and empties what is inheritable.
    ///
    /// - Throws: ``SystemCallError`` with `EPERM` where the thread does not have all of them.
    ///
    /// The corresponding system call is `capset(2)`.
    public func assume() throws(SystemCallError) {
        guard let state = cap_init() else { throw SystemCallError(call: "capset", errno: errno, subject: "") }
        defer { cap_free(UnsafeMutableRawPointer(state)) }
        let values = map { cap_value_t($0.number) }
        if !values.isEmpty {
            for flag in [CAP_PERMITTED, CAP_EFFECTIVE] {
                try checked("capset", "\(self)") { cap_set_flag(state, flag, CInt(values.count), values, CAP_SET) }
            }
        }
        try checked("capset", "\(self)") { cap_set_proc(state) }
    }
}
