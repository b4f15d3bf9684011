import Glibc
import LinuxKernel

/// What interfaces that are yet to be made in the calling process's network namespace will be like.
enum InterfaceDefaults {
    /// Switches IPv6 on or off for them (`net.ipv6.conf.default.disable_ipv6`, ip-sysctl); the loopback interface, which
    /// is there from the beginning, keeps it.
    ///
    /// As with Docker, interfaces have it only in networks that do: each would otherwise give itself an address, and
    /// announce it to all the others, whose number this makes a square.
    ///
    /// - Throws: ``SystemCallError`` from open(2) and write(2), but for a kernel that has no IPv6.
    static func setIPv6(_ isOn: Bool) throws(SystemCallError) {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY)
            try writeAll((isOn ? "0" : "1").utf8, to: file.rawValue)
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
    }
}
