import CLinux
import ControlGroups
import Glibc
import LinuxKernel

/// /sys/fs/cgroup of a container: its own control group, where programs look for their limits.
///
/// No file system of control groups is mounted anew: what is shown is a part of the host's mount, the group's own
/// directory, so that neither other groups nor the files of a hierarchy's top (`release_agent`, CVE-2022-0492) can be
/// reached. As Docker has it, all of it is read-only, unless the container is privileged.
struct ControlGroupMounts {
    private static let target = "/sys/fs/cgroup"
    // linux/magic.h
    private static let sysMagic = 0x6265_6572

    private struct Part {
        /// Below ``target``; empty: in its place.
        var name: String
        var links: [String]
        /// A detached mount.
        var source: CInt
    }

    private let parts: [Part]
    private let attributes: MountAttributes

    /// Takes what is to be shown, on the host's side of pivot_root(2).
    init(_ view: ControlGroupView?, isWritable: Bool) throws(SystemCallError) {
        attributes = isWritable ? [.noSetUID, .noDevices, .noExecute] : [.readOnly, .noSetUID, .noDevices, .noExecute]
        var parts: [Part] = []
        switch view {
        case .unified(let path): parts.append(try Self.part("", [], path))
        case .legacy(let entries):
            for entry in entries { parts.append(try Self.part(entry.name, entry.links, entry.path)) }
        case nil: break
        }
        self.parts = parts
    }

    private static func part(
        _ name: String, _ links: [String], _ path: String
    ) throws(SystemCallError) -> Part {
        Part(name: name, links: links, source: try DetachedMount(copying: path).release())
    }

    /// Puts it in place, in the container's root.
    ///
    /// Where the file has mounted something there, or over /sys, that stays.
    func attach() throws {
        guard let first = parts.first else { return }
        let target: CInt
        do {
            target = try OwnedDescriptor.open(Self.target, clinux_O_PATH | O_DIRECTORY | O_NOFOLLOW).release()
        } catch {
            // A kernel without control groups, or a /sys of the file's own.
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return }
            throw error
        }
        var fileSystem = statfs()
        try checked("fstatfs", Self.target) { fstatfs(target, &fileSystem) }
        guard Int(fileSystem.f_type) == Self.sysMagic else { return }
        if first.name.isEmpty { return try attach(first, onto: target) }
        try attachHierarchies(onto: target)
    }

    private func attachHierarchies(onto target: CInt) throws {
        let memory = try DetachedMount(newFileSystem: "tmpfs", options: [("mode", "755"), ("size", "4096")])
        let root = memory.descriptor.rawValue
        for part in parts {
            try checked("mkdirat", part.name) { mkdirat(root, part.name, 0o755) }
            for link in part.links { try checked("symlinkat", link) { symlinkat(part.name, root, link) } }
        }
        try memory.attach(onto: target, called: Self.target)
        for part in parts {
            try attach(part, onto: try OwnedDescriptor.open(part.name, clinux_O_PATH | O_DIRECTORY, in: root).release())
        }
        // Only this mount: the hierarchies have been seen to.
        try memory.setAttributes(attributes, recursive: false)
    }

    private func attach(_ part: Part, onto target: CInt) throws(SystemCallError) {
        let mount = DetachedMount(adopting: part.source)
        try mount.setAttributes(attributes, recursive: false)
        try mount.attach(onto: target, called: "\(Self.target)/\(part.name)")
    }
}
