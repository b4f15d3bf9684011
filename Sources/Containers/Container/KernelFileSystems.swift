import CLinux
import Glibc
import LinuxKernel

/// /proc, /sys and /dev of a container. The calling process has the container's root as its own already, so that no
/// link of the image leads out of it.
struct KernelFileSystems {
    /// The container's /dev/null, whatever is mounted over it later (CVE-2025-31133).
    private let null: CInt

    /// What Docker hides: a read of it tells of the host or changes it.
    private static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ]
    private static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    private static let links = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ]

    /// Mounts /dev, with what is in it; /dev/null is usable afterwards.
    ///
    /// - Parameter nodes: Detached mounts of the host's devices; empty where they can be made.
    static func mountDevices(
        _ container: ContainerSpecification, nodes: [CInt], _ identities: IdentityMap
    ) throws -> KernelFileSystems {
        try mount("tmpfs", at: "/dev", type: "tmpfs", [.noSetUID, .strictAccessTime], data: "mode=755,size=65536k")
        for (index, device) in KernelSources.devices.enumerated() {
            let path = "/dev/\(device.name)"
            if nodes.isEmpty {
                try checked("mknod", path) {
                    mknod(path, S_IFCHR | 0o666, clinux_makedev(device.major, device.minor))
                }
            } else {
                try attach(nodes[index], at: path)
            }
        }
        for (name, target) in links { try checked("symlink", name) { symlink(target, "/dev/\(name)") } }
        for directory in ["pts", "shm", "mqueue"] { try makeDirectory("/dev/\(directory)") }
        // Group 5 is tty in every distribution that has it.
        let group = identities.contains(group: 5) ? ",gid=5" : ""
        try mount(
            "devpts", at: "/dev/pts", type: "devpts", [.noSetUID, .noExecute],
            data: "newinstance,ptmxmode=0666,mode=0620\(group)")
        try mount("mqueue", at: "/dev/mqueue", type: "mqueue", [.noSetUID, .noDevices, .noExecute])
        try mountSharedMemory(container)
        return KernelFileSystems(null: try OwnedDescriptor.open("/dev/null", clinux_O_PATH | O_NOFOLLOW).release())
    }

    /// Puts a device of the host into the container's new /dev.
    private static func attach(_ device: CInt, at path: String) throws(SystemCallError) {
        _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o666)
        let target = try OwnedDescriptor.open(path, clinux_O_PATH | O_NOFOLLOW)
        try DetachedMount(adopting: device).attach(onto: target.rawValue, called: path)
    }

    /// One that is shared has been prepared, since the host's tree is out of sight by now.
    private static func mountSharedMemory(_ container: ContainerSpecification) throws {
        let isolation = container.isolation
        if isolation.lacksSharedMemory || isolation.sharedMemory != nil { return }
        try mount(
            "shm", at: "/dev/shm", type: "tmpfs", [.noSetUID, .noDevices, .noExecute],
            data: "mode=1777,size=\(container.shmSize)")
    }

    /// Puts a /dev/shm in place that several containers have.
    func attachSharedMemory(_ source: CInt?) throws {
        guard let source else { return }
        let target = try OwnedDescriptor.open("/dev/shm", clinux_O_PATH | O_DIRECTORY | O_NOFOLLOW)
        try DetachedMount(adopting: source).attach(onto: target.rawValue, called: "/dev/shm")
    }

    /// What Docker sets in every container: any user may bind low ports and send echo requests, since the network is
    /// the container's own. Before /proc/sys becomes read-only.
    static func relaxNetworkLimits(_ identities: IdentityMap) throws {
        // The kernel takes groups only that there are.
        let lastGroup = min(identities.lastGroup ?? 0, gid_t(Int32.max))
        for (path, value) in [
            ("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"),
            ("/proc/sys/net/ipv4/ping_group_range", "0 \(lastGroup)"),
        ] {
            let file = try OwnedDescriptor.open(path, O_WRONLY)
            try writeAll(value.utf8, to: file.rawValue)
        }
    }

    /// Hides and protects. Last of all mounts, so that nothing can be mounted over it.
    ///
    /// Both file systems were mounted by this process in a mount namespace that nobody else is in yet: the paths can't
    /// be swapped under it.
    func protect() throws {
        for path in Self.readOnlyPaths where access(path, F_OK) == 0 {
            let copy = try DetachedMount(copying: path, recursive: true, followsLink: false)
            try copy.setAttributes([.readOnly, .noSetUID, .noDevices, .noExecute])
            let target = try OwnedDescriptor.open(path, clinux_O_PATH | O_NOFOLLOW)
            try copy.attach(onto: target.rawValue, called: path)
        }
        for path in Self.maskedPaths {
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            let target = try OwnedDescriptor.open(path, clinux_O_PATH | O_NOFOLLOW)
            if status.st_mode & S_IFMT == S_IFDIR {
                let empty = try DetachedMount(
                    newFileSystem: "tmpfs", options: [("size", "0"), ("mode", "555")], [.readOnly, .noDevices])
                try empty.attach(onto: target.rawValue, called: path)
            } else {
                try DetachedMount(copying: "", in: null).attach(onto: target.rawValue, called: path)
            }
        }
    }
}
