import CLinux
import Glibc
import LinuxKernel

/// The small files that the engine provides: /etc/hosts, /etc/hostname, /etc/resolv.conf, configs and secrets.
///
/// They are written to memory, never to a disk, and mounted: a container sees them read-only (the first three
/// read-write, as Docker has it) and they are no part of its writable layer.
struct SystemFile {
    var content: [UInt8]
    var target: String
    var uid: String
    var gid: String
    var mode: mode_t
    var isReadOnly: Bool

    /// All files of a container, in the order of mounting.
    static func all(of container: ContainerSpecification) -> [SystemFile] {
        let own = [
            ("/etc/hosts", container.hosts), ("/etc/hostname", container.hostname + "\n"),
            ("/etc/resolv.conf", container.resolverConfiguration),
        ]
        return own.map { target, content in
            SystemFile(
                content: Array(content.utf8), target: target, uid: "", gid: "", mode: 0o644,
                isReadOnly: container.isReadOnly)
        }
            + container.files.map {
                SystemFile(
                    content: $0.content, target: $0.target, uid: $0.uid, gid: $0.gid, mode: $0.mode, isReadOnly: true)
            }
    }
}

/// A file that has been written and waits to be mounted in the container.
struct PreparedFile {
    var file: SystemFile
    /// A detached mount of it.
    var source: CInt

    /// Runs on the host's side of pivot_root(2).
    static func prepare(_ files: [SystemFile], in directory: String) throws -> [PreparedFile] {
        try makeDirectory(directory, mode: 0o700)
        return try files.enumerated().map { index, file in
            let path = "\(directory)/\(index)"
            let target = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try writeAll(file.content, to: target.rawValue)
            return PreparedFile(file: file, source: try DetachedMount(copying: path).release())
        }
    }

    /// Runs in the container's root, where its users are known.
    func attach(accounts: ContainerAccounts, _ identities: IdentityMap) throws {
        let owner = try accounts.owner(uid: file.uid, gid: file.gid)
        guard identities.contains(user: owner.uid), identities.contains(group: owner.gid) else {
            throw SetupFailure(.userUnmapped, subject: "the owner \(owner.uid):\(owner.gid) of \(file.target)")
        }
        let target = try MountTarget.open(file.target, isDirectory: false)
        let mount = DetachedMount(adopting: source)
        let descriptor = mount.descriptor.rawValue
        try checked("fchownat", file.target) {
            fchownat(descriptor, "", owner.uid, owner.gid, clinux_AT_EMPTY_PATH)
        }
        // fchmodat(2) has no form for O_PATH descriptors before Linux 6.6.
        let path = "/proc/self/fd/\(descriptor)"
        try checked("chmod", file.target) { chmod(path, file.mode) }
        if file.isReadOnly { try mount.setAttributes(.readOnly) }
        try mount.attach(onto: target, called: file.target)
    }
}
