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

    private struct Device {
        var name: String
        var major: UInt32
        var minor: UInt32
    }

    /// Documentation/admin-guide/devices.txt
    private static let devices = [
        Device(name: "null", major: 1, minor: 3), Device(name: "zero", major: 1, minor: 5),
        Device(name: "full", major: 1, minor: 7), Device(name: "random", major: 1, minor: 8),
        Device(name: "urandom", major: 1, minor: 9), Device(name: "tty", major: 5, minor: 0),
    ]
    private static let links = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ]

    /// Mounts all of them; /dev/null is usable afterwards.
    static func mountAll(_ container: ContainerSpecification) throws -> KernelFileSystems {
        for directory in ["/proc", "/sys", "/dev"] { try requireDirectory(directory) }
        try mount("proc", at: "/proc", type: "proc", [.noSetUID, .noDevices, .noExecute])
        var flags: MountFlags = [.noSetUID, .noDevices, .noExecute]
        if !container.isPrivileged { flags.insert(.readOnly) }
        try mount("sysfs", at: "/sys", type: "sysfs", flags)
        try mountDevices()
        try mountSharedMemory(container)
        return KernelFileSystems(null: try OwnedDescriptor.open("/dev/null", clinux_O_PATH | O_NOFOLLOW).release())
    }

    /// An image that has a link where the kernel's file systems go is refused, as runc does: it could only be there to
    /// deceive.
    private static func requireDirectory(_ path: String) throws {
        try makeDirectory(path)
        var status = stat()
        try checked("lstat", path) { lstat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw SetupFailure(.mountTarget, call: "the image has no directory there", subject: path)
        }
    }

    private static func mountDevices() throws {
        try mount("tmpfs", at: "/dev", type: "tmpfs", [.noSetUID, .strictAccessTime], data: "mode=755,size=65536k")
        for device in devices {
            let path = "/dev/\(device.name)"
            try checked("mknod", path) {
                mknod(path, S_IFCHR | 0o666, clinux_makedev(device.major, device.minor))
            }
        }
        for (name, target) in links { try checked("symlink", name) { symlink(target, "/dev/\(name)") } }
        for directory in ["pts", "shm", "mqueue"] { try makeDirectory("/dev/\(directory)") }
        // Group 5 is tty in every distribution that has it.
        try mount(
            "devpts", at: "/dev/pts", type: "devpts", [.noSetUID, .noExecute],
            data: "newinstance,ptmxmode=0666,mode=0620,gid=5")
        try mount("mqueue", at: "/dev/mqueue", type: "mqueue", [.noSetUID, .noDevices, .noExecute])
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
    static func relaxNetworkLimits() throws {
        for (path, value) in [
            ("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"),
            ("/proc/sys/net/ipv4/ping_group_range", "0 2147483647"),
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
