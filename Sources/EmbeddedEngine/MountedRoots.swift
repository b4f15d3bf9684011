import Glibc
import LinuxKernel

/// Which directories of the host's file systems are mounted anywhere, in whichever mount namespace.
struct MountedRoots {
    /// A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
    struct Mount: Hashable {
        var device: Substring
        /// The directory in the file system that is mounted.
        var root: String
        var point: String

        init?(_ line: Substring) {
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6 else { return nil }
            device = fields[2]
            root = Self.unescaped(fields[3])
            point = Self.unescaped(fields[4])
        }

        /// Blanks, tabs, line feeds and backslashes are written as three octal digits.
        static func unescaped(_ text: Substring) -> String {
            var bytes: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                let digits = rest.prefix(3).map { Int($0) - 0x30 }
                if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy((0...7).contains) {
                    bytes.append(UInt8(truncatingIfNeeded: digits[0] * 64 + digits[1] * 8 + digits[2]))
                    rest = rest.dropFirst(3)
                } else {
                    bytes.append(byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Those of this process.
    let own: [Mount]
    /// Those of all processes that can be looked at.
    let all: Set<Mount>

    static func current() throws(SystemCallError) -> MountedRoots {
        var all: Set<Mount> = []
        var seen: Set<String> = []
        for name in try directoryEntries("/proc") where name.allSatisfy(\.isNumber) {
            // One that has ended meanwhile, or is another user's, has no text.
            guard let text = text(of: name), seen.insert(text).inserted else { continue }
            all.formUnion(mounts(in: text))
        }
        return MountedRoots(own: text(of: "self").map(mounts) ?? [], all: all)
    }

    static func mounts(in text: String) -> [Mount] { text.split(separator: "\n").compactMap(Mount.init) }

    /// Whether a directory, or one below it, is mounted.
    func contains(_ path: String) -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        let path = String(cString: resolved)
        let around = own.filter { $0.point == "/" || path == $0.point || path.hasPrefix($0.point + "/") }
        guard let mount = around.max(by: { $0.point.utf8.count < $1.point.utf8.count }) else { return false }
        let rest = mount.point == "/" ? path : String(path.dropFirst(mount.point.count))
        let root = mount.root == "/" ? rest : mount.root + rest
        return all.contains { $0.device == mount.device && ($0.root == root || $0.root.hasPrefix(root + "/")) }
    }

    private static func text(of process: String) -> String? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open("/proc/\(process)/mountinfo", O_RDONLY)
            return String(decoding: try readAll(file.rawValue), as: UTF8.self)
        } catch {
            return nil
        }
    }
}
