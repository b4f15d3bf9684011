import CLinux

/// Bytes of memory that nobody uses, not even as a cache; 0 where the kernel does not say.
///
/// The corresponding system call is `sysinfo(2)`.
public func freeMemory() -> Int64 {
    var information = sysinfo()
    guard sysinfo(&information) == 0 else { return 0 }
    return Int64(information.freeram) * Int64(information.mem_unit)
}
