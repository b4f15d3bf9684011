import Addresses
import Containers
import Glibc
import LinuxKernel

/// Finds out which process listens on a port of the host (proc(5), /proc/net/tcp and /proc/net/udp).
enum PortHolder {
    /// A program's name and number, e.g. `postgres (pid 812)`; `nil` where it can't be told, for example because the
    /// process is another user's.
    static func name(port: UInt16, table: String) -> String? {
        do {
            // A listener on every IPv6 address has the IPv4 ones too.
            for table in [table, "\(table)6"] {
                guard let inode = try listener(port: port, table: table) else { continue }
                return try process(holding: "socket:[\(inode)]")
            }
            return nil
        } catch {
            // This only adorns another message.
            return nil
        }
    }

    /// The inode of the socket that is bound to the port, whatever its address.
    private static func listener(port: UInt16, table: String) throws -> Substring? {
        let file = try OwnedDescriptor.open("/proc/net/\(table)", O_RDONLY)
        let text = String(decoding: try readAll(file.rawValue), as: UTF8.self)
        let suffix =
            ":" + String(repeating: "0", count: 4 - String(port, radix: 16).count)
            + String(port, radix: 16, uppercase: true)
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode; state 0A is LISTEN, 07 unconnected.
            guard fields.count > 9, fields[1].hasSuffix(suffix), ["0A", "07"].contains(fields[3]) else { continue }
            return fields[9]
        }
        return nil
    }

    private static func process(holding socket: String) throws -> String? {
        for process in try directoryEntries("/proc") where process.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let directory = "/proc/\(process)/fd"
            // Other users' processes, and those that have just ended, can't be looked into.
            guard access(directory, R_OK) == 0, let descriptors = try entries(directory) else { continue }
            for descriptor in descriptors where target(of: "\(directory)/\(descriptor)") == socket {
                let file = try OwnedDescriptor.open("/proc/\(process)/comm", O_RDONLY)
                let name = String(decoding: try readAll(file.rawValue), as: UTF8.self).split(separator: "\n").first
                return "\(name ?? "process") (pid \(process))"
            }
        }
        return nil
    }

    private static func entries(_ path: String) throws(SystemCallError) -> [String]? {
        do {
            return try directoryEntries(path)
        } catch {
            if [ENOENT, EACCES, ESRCH].contains(error.errno) { return nil }
            throw error
        }
    }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(link, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[0..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
