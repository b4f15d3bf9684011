import CLinux
import Glibc
import LinuxKernel

/// Where the sandbox keeps what its containers write.
struct ScratchSpace {
    /// A file system in memory: mount points, small files, secrets.
    var memory: String
    /// Writable layers and ephemeral volumes: the same, or a directory on disk.
    var bulk: String

    func container(_ name: String) -> String { "\(bulk)/containers/\(name)" }
    func mountPoint(_ name: String) -> String { "\(memory)/roots/\(name)" }
    /// Where a /dev/shm is that several containers have.
    func sharedMemory(_ name: String) -> String { "\(memory)/shared-memory/\(name)" }
    func files(_ name: String) -> String { "\(memory)/files/\(name)" }
    /// The container's /etc/hosts: the first of its files (``SystemFile/all(of:)``).
    func hosts(_ name: String) -> String { "\(files(name))/0" }
    /// The name may have slashes: that of a volume without a name is its service and its target.
    func volume(_ name: String) -> String {
        let escaped = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "/"): "%2F"
            case UInt8(ascii: "%"): "%25"
            default: String(UnicodeScalar(byte))
            }
        }
        return "\(bulk)/volumes/\(escaped.joined())"
    }
    /// Where /proc of the sandbox's own PID namespace is: the launcher's /proc is still the host's, with other numbers.
    var processes: String { "\(memory)/proc" }

    /// Mounts the memory and makes the directories.
    static func make(_ configuration: SandboxConfiguration) throws(SystemCallError) -> ScratchSpace {
        try mount(
            "harness", at: configuration.scratch, type: "tmpfs", [.noDevices], data: "mode=0700,nr_inodes=0")
        let scratch = ScratchSpace(
            memory: configuration.scratch, bulk: configuration.diskScratch ?? configuration.scratch)
        for directory in [
            "\(scratch.memory)/roots", "\(scratch.memory)/files", "\(scratch.memory)/empty", scratch.processes,
            "\(scratch.memory)/shared-memory",
            "\(scratch.bulk)/containers", "\(scratch.bulk)/volumes",
        ] {
            try makeDirectory(directory, mode: 0o711)
        }
        try mount("proc", at: scratch.processes, type: "proc", [.noSetUID, .noDevices, .noExecute])
        return scratch
    }
}

extension ScratchSpace {
    /// Puts what a container has written, or a volume, where no container looks for it.
    ///
    /// - Returns: The path to remove; `nil` where there is nothing.
    func discard(_ path: String) throws(SystemCallError) -> String? {
        let trash = "\(bulk)/trash"
        try makeDirectory(trash, mode: 0o700)
        var generator = SystemRandomNumberGenerator()
        let target = "\(trash)/\(String(UInt64.random(in: 0...(.max), using: &generator), radix: 16))"
        do {
            try checked("rename", path) { rename(path, target) }
            return target
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    /// Makes a /dev/shm that several containers have, for the first of them.
    func makeSharedMemory(_ name: String, size: Int64) throws(SystemCallError) {
        let path = sharedMemory(name)
        guard access(path, F_OK) != 0 else { return }
        try makeDirectory(path)
        try mount(
            "shm", at: path, type: "tmpfs", [.noSetUID, .noDevices, .noExecute], data: "mode=1777,size=\(size)")
    }
}

/// The overlay of an image's layers and a writable one on top (overlayfs, Documentation/filesystems/overlayfs.rst).
enum RootFileSystem {
    /// Mounts it in the calling process's mount namespace.
    ///
    /// Layers are named by descriptors: their paths may be long and may have the `:` that separates them, while all
    /// options together must fit in a page.
    ///
    /// - Returns: A descriptor of its root.
    static func mountOverlay(
        _ container: ContainerSpecification, in scratch: ScratchSpace, _ identities: IdentityMap
    ) throws -> CInt {
        let writable = scratch.container(container.name)
        let root = scratch.mountPoint(container.name)
        for directory in [writable, root] { try makeDirectory(directory) }
        for directory in ["upper", "work"] { try makeDirectory("\(writable)/\(directory)") }

        var layers: [CInt] = []
        defer { for layer in layers { close(layer) } }
        let sources = container.layers.isEmpty ? ["\(scratch.memory)/empty"] : container.layers
        for layer in sources.reversed() {
            layers.append(try OwnedDescriptor.open(layer, clinux_O_PATH | O_DIRECTORY).release())
        }
        let lower = layers.map { "/proc/self/fd/\($0)" }.joined(separator: ":")
        // In a user namespace it may not use the attributes of the machine's root.
        let attributes = identities.isInitial ? "" : ",userxattr"
        try mount(
            "overlay", at: root, type: "overlay",
            data: "lowerdir=\(lower),upperdir=\(writable)/upper,workdir=\(writable)/work\(attributes)")
        return try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY).release()
    }
}
