import CLinux
import Glibc

/// A filter of system calls, as the kernel takes it: a classic BPF program over `struct seccomp_data`.
public struct SeccompProgram: Hashable, Sendable {
    /// Eight bytes for each instruction, 1...4096 of them.
    public let bytes: [UInt8]

    /// How many instructions it has.
    public var count: Int { bytes.count / 8 }

    /// Takes instructions; `nil` where these are no program by their length.
    public init?(bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: 8), (1...Int(BPF_MAXINSNS)).contains(bytes.count / 8) else { return nil }
        self.bytes = bytes
    }

    /// Makes the filter that of the calling thread and all that it starts; irrevocable.
    ///
    /// Without no_new_privs (``forbidNewPrivileges()``) it takes `CAP_SYS_ADMIN`. Mitigations of speculative store
    /// bypass are left as they are (`SECCOMP_FILTER_FLAG_SPEC_ALLOW`), as runc does: before Linux 5.16 a filter would
    /// otherwise slow every process down.
    ///
    /// - Throws: ``SystemCallError``: `EACCES` without privilege, `EINVAL` for no valid program.
    ///
    /// The corresponding system call is `seccomp(2)` with `SECCOMP_SET_MODE_FILTER`.
    public func install() throws(SystemCallError) {
        let length = UInt16(count)
        // The bytes as they are: the kernel copies them, and a container's start waits for each page touched here.
        try bytes.withUnsafeBufferPointer { (buffer) throws(SystemCallError) in
            let instructions = UnsafeMutableRawPointer(mutating: buffer.baseAddress)
            var program = sock_fprog(
                len: length, filter: instructions?.assumingMemoryBound(to: sock_filter.self))
            try checked("seccomp", "SECCOMP_SET_MODE_FILTER") {
                clinux_seccomp(UInt32(SECCOMP_SET_MODE_FILTER), UInt32(SECCOMP_FILTER_FLAG_SPEC_ALLOW), &program)
            }
        }
    }
}
