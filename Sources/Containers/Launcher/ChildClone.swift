import Glibc
import LinuxKernel

/// Clones the calling process; the copy runs `child`.
///
/// - Parameters:
///   - owner: The pidfd of a process whose PID namespace the copy is born into; `nil`: the caller's own.
///   - asSibling: The copy is a child of the caller's parent.
/// - Returns: The copy's number in the caller's PID namespace, and its pidfd.
func cloneProcess(
    _ namespaces: Namespaces, controlGroup: CInt?, intoProcessesOf owner: CInt?, asSibling: Bool = false,
    _ child: () -> Never
) throws -> (pid: pid_t, descriptor: CInt) {
    func clone() throws(SystemCallError) -> (pid: pid_t, descriptor: CInt) {
        let result = try cloneProcess(namespaces, controlGroup: controlGroup, asSibling: asSibling).taken()
        if result.pid == 0 { child() }
        return result
    }
    guard let owner else { return try clone() }
    // Children are born into the PID namespace that was entered last; the caller itself stays in its own.
    let own = try OwnedDescriptor.open("/proc/self/ns/pid", O_RDONLY)
    try Namespaces.pid.enter(owner)
    let result = Result { try clone() }
    try Namespaces.pid.enter(own.rawValue)
    return try result.get()
}
