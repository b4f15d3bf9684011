import Glibc
import LinuxKernel

/// A kind of resource whose use a cgroup can bound; the name of a controller in cgroups(7).
public enum Controller: String, Hashable, Sendable, CaseIterable {
    /// Memory, and swap where the kernel accounts for it.
    case memory
    /// The number of processes and threads.
    case pids
    /// Version 1 only: stops all members at once. Version 2 can do that everywhere.
    case freezer
    /// Shares and quotas of processor time.
    case cpu
    /// Version 1 only: how much processor time has been used.
    case cpuacct
    /// Which processors.
    case cpuset
    /// Weights and rates of disks; `io` in version 2.
    case blkio
    /// Version 1 only: which devices may be used. Version 2 asks a BPF program.
    case devices

    /// The name in version 2.
    var unifiedName: String { self == .blkio ? "io" : rawValue }
}

/// One mounted cgroup hierarchy, seen from the calling process.
public struct Hierarchy: Hashable, Sendable {
    /// Where it is mounted.
    public var mountPoint: String
    /// The directory of the calling process's own cgroup; `nil` where the mount does not show it.
    public var ownDirectory: String?
    /// The caller is not the machine's root, and may have what has been delegated to it.
    public var isDelegated = false

    /// Takes the values as they are.
    public init(mountPoint: String, ownDirectory: String?) {
        self.mountPoint = mountPoint
        self.ownDirectory = ownDirectory
    }

    /// Where groups may be created, the best place first.
    ///
    /// Root creates them below the top: only there does version 2 let controllers be enabled although the caller's
    /// own cgroup has processes. For whoever may not do that, it is the highest group that has been delegated to him: a
    /// group of a user's session has processes, the one above it has none.
    var bases: [String] {
        guard let ownDirectory, ownDirectory != mountPoint else { return [mountPoint] }
        guard isDelegated, ownDirectory.hasPrefix(mountPoint) else { return [mountPoint, ownDirectory] }
        var path = mountPoint
        let below = ownDirectory.dropFirst(mountPoint.count).split(separator: "/")
        return [mountPoint]
            + below.map { name in
                path += "/\(name)"
                return path
            }
    }
}

/// The cgroup hierarchies that the calling process sees: version 2, version 1, or both.
public struct Hierarchies: Hashable, Sendable {
    /// Version 2; on hybrid hosts without controllers.
    public var unified: Hierarchy?
    /// Version 1, by controller; those that this module uses.
    public var legacy: [Controller: Hierarchy]

    /// Takes the values as they are.
    public init(unified: Hierarchy?, legacy: [Controller: Hierarchy]) {
        self.unified = unified
        self.legacy = legacy
    }

    /// Finds the hierarchies of the calling process.
    ///
    /// - Parameter isDelegated: The caller is not the machine's root.
    public static func current(isDelegated: Bool = geteuid() != 0) throws(ControlGroupError) -> Self {
        do throws(SystemCallError) {
            var result = Self(
                mountInformation: try readProcess("/proc/self/mountinfo"),
                membership: try readProcess("/proc/self/cgroup"))
            guard isDelegated else { return result }
            result.unified?.isDelegated = true
            for controller in result.legacy.keys { result.legacy[controller]?.isDelegated = true }
            return result
        } catch {
            throw ControlGroupError.system(error)
        }
    }

    private static func readProcess(_ path: String) throws(SystemCallError) -> [UInt8] {
        let file = try OwnedDescriptor.open(path, O_RDONLY)
        return try readAll(file.rawValue)
    }

    /// Reads the text of `/proc/self/mountinfo` and `/proc/self/cgroup`; see proc(5) and cgroups(7).
    ///
    /// Of several mounts of one hierarchy, the first that shows the caller's own cgroup is taken, else the first.
    public init(mountInformation: String, membership: String) {
        self.init(mountInformation: Array(mountInformation.utf8), membership: Array(membership.utf8))
    }

    /// By bytes, since this is read at the start and at the end of every run: characters would take a millisecond.
    private init(mountInformation: [UInt8], membership: [UInt8]) {
        let paths = Self.ownPaths(membership)
        unified = nil
        legacy = [:]
        for line in mountInformation.split(separator: UInt8(ascii: "\n")) {
            guard let mount = CgroupMount(line) else { continue }
            if mount.isUnified {
                unified = Self.better(unified, mount.hierarchy(ownPath: paths[""]))
            }
            for controller in Controller.allCases where mount.options.contains(controller.rawValue) {
                legacy[controller] = Self.better(
                    legacy[controller], mount.hierarchy(ownPath: paths[controller.rawValue]))
            }
        }
    }

    private static func better(_ known: Hierarchy?, _ found: Hierarchy) -> Hierarchy {
        guard let known, known.ownDirectory != nil || found.ownDirectory == nil else { return found }
        return known
    }

    /// Own paths by controller, `""` for version 2: lines `ID:CONTROLLER,…:PATH`.
    private static func ownPaths(_ membership: [UInt8]) -> [String: String] {
        var paths: [String: String] = [:]
        for line in membership.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let path = String(decoding: fields[2], as: UTF8.self)
            for name in fields[1].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                paths[String(decoding: name, as: UTF8.self)] = path
            }
        }
        return paths
    }
}

/// A line of mountinfo that tells of a cgroup hierarchy.
private struct CgroupMount {
    /// The cgroup that is visible at the mount point.
    let root: String
    let mountPoint: String
    let isUnified: Bool
    /// Version 1: its controllers, among other options.
    let options: [String]

    private static let types = (unified: Array("cgroup2".utf8), legacy: Array("cgroup".utf8))

    /// Reads `ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [TAG…] - TYPE SOURCE SUPEROPTIONS`; `nil` for others.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "))
        guard fields.count >= 9, let separator = fields.firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }),
            separator >= 6, fields.count >= separator + 4
        else { return nil }
        isUnified = fields[separator + 1].elementsEqual(Self.types.unified)
        guard isUnified || fields[separator + 1].elementsEqual(Self.types.legacy) else { return nil }
        root = Self.decoded(fields[3])
        mountPoint = Self.decoded(fields[4])
        options =
            isUnified
            ? [] : fields[separator + 3].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
    }

    func hierarchy(ownPath: String?) -> Hierarchy {
        Hierarchy(mountPoint: mountPoint, ownDirectory: ownPath.flatMap(directory))
    }

    /// Where the cgroup `path` is visible; `nil` where it lies outside of ``root``.
    private func directory(of path: String) -> String? {
        guard !path.split(separator: "/").contains("..") else { return nil }
        if root == "/" { return path == "/" ? mountPoint : mountPoint + path }
        guard path == root || path.hasPrefix(root + "/") else { return nil }
        return mountPoint + path.dropFirst(root.count)
    }

    /// Replaces the kernel's escapes of white space and backslash, `\040` for a space.
    private static func decoded(_ field: ArraySlice<UInt8>) -> String {
        guard field.contains(UInt8(ascii: "\\")) else { return String(decoding: field, as: UTF8.self) }
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
