import CLinux
import ControlGroups
import Glibc
import LinuxKernel
import Netlink

/// The way of a cloned process from the launcher's code to the container's program.
///
/// The order is what makes it safe:
/// 1. Descriptors of the host are closed on execve, whatever happens later.
/// 2. Sources of mounts are taken while the host's tree can be seen; the overlay is mounted.
/// 3. pivot_root: from here on every path is resolved in the container, and its links lead nowhere else.
/// 4. The kernel's file systems, before anything that the container shares with others is mounted.
/// 5. Volumes and files, on descriptors that were checked; then masked and read-only paths, which nothing covers.
/// 6. The network, which the launcher has connected meanwhile.
/// 7. Identity, filter, capabilities; nothing privileged happens after.
struct ContainerSetup {
    let specification: ContainerSpecification
    let scratch: ScratchSpace
    /// A descriptor of its network namespace, or the pidfd of a process that is in it; `nil`: it is there already.
    let network: CInt?
    /// Whether that namespace is the container's own, or another's or the host's.
    let hasOwnNetwork: Bool
    /// What it sees of its control groups.
    let groupView: ControlGroupView?
    let filter: SeccompProgram?
    let descriptorLimit: DescriptorLimit
    let reporter: Reporter
    /// Readable once the launcher has moved the interface into this network namespace and this process into its
    /// control groups.
    let goAhead: CInt
    let streams: Streams
    /// The ids that there are.
    let identities: IdentityMap
    /// A pidfd of the container whose IPC namespace this one is to be in.
    var ipcOwner: CInt?

    /// Never returns: the process has become the program, or it ends.
    func run() -> Never {
        do {
            try prepareProcess()
            let furniture = try enterRoot()
            let accounts = try ContainerAccounts()
            let kernel = try furniture.kernel.mountAll(specification, identities)
            try kernel.attachSharedMemory(furniture.sharedMemory)
            let parameters = try KernelParameters.open()
            let terminal = specification.process.hasTerminal ? try Terminal.open() : nil
            try terminal?.attachToConsole()
            try furnish(furniture, accounts, kernel)
            try connect()
            try parameters.set(specification.isolation.kernelParameters)
            try streams.install(terminal: terminal)
            try ProcessStart(
                process: specification.process, filter: filter, descriptorLimit: descriptorLimit, reporter: reporter,
                hostname: specification.hostname, hasInit: specification.hasInit, identities: identities
            ).start(accounts)
        } catch {
            reporter.fail(error)
        }
    }

    private func prepareProcess() throws {
        try closeOnExecute(from: 3)
        // Before /sys is mounted, which shows the namespace of whoever mounts it.
        if let network { try Namespaces.network.enter(network) }
        try InheritedSignals.reset()
        // The launcher is outside of this PID namespace, where parents have the number 0; of its own it is number 1.
        try dieWithParent(expecting: specification.isolation.processes == .sandbox ? 1 : 0)
        try checked("setsid") { setsid() }
        umask(0)
        try OutOfMemoryScore.adjust(specification.process.oomScoreAdjustment, warn: reporter.warn)
        if let ipcOwner { try Namespaces.ipc.enter(ipcOwner) }
        guard !specification.isolation.usesHostName else { return }
        let hostname = specification.hostname
        try checked("sethostname", hostname) { sethostname(hostname, hostname.utf8.count) }
        let domain = specification.network.domainName
        if !domain.isEmpty {
            try checked("setdomainname", domain) { clinux_setdomainname(domain, domain.utf8.count) }
        }
    }

    /// What was taken from the host's side for the container.
    private struct Furniture {
        var mounts: [PreparedMount]
        var files: [PreparedFile]
        var kernel: KernelSources
        var devices: [PreparedDevice]
        /// A /dev/shm that several containers have.
        var sharedMemory: CInt?
        var controlGroups: ControlGroupMounts
    }

    private func enterRoot() throws -> Furniture {
        let root = try RootFileSystem.mountOverlay(specification, in: scratch, identities)
        let mounts = try specification.mounts.map { try PreparedMount.prepare($0, in: scratch) }
        let files = try PreparedFile.prepare(
            SystemFile.all(of: specification), in: scratch.files(specification.name))
        let shared = try specification.isolation.sharedMemory.map {
            try DetachedMount(copying: scratch.sharedMemory($0)).release()
        }
        let kernel = try KernelSources.take(for: specification, identities)
        let devices = try specification.isolation.devices.map { try PreparedDevice.prepare($0, identities) }
        let groups = try ControlGroupMounts(groupView, isWritable: specification.isPrivileged)
        try pivotRoot(into: root)
        return Furniture(
            mounts: mounts, files: files, kernel: kernel, devices: devices, sharedMemory: shared, controlGroups: groups)
    }

    private func furnish(
        _ furniture: Furniture, _ accounts: ContainerAccounts, _ kernel: KernelFileSystems
    ) throws {
        for device in furniture.devices { try device.attach() }
        for mount in furniture.mounts { try mount.attach() }
        for file in furniture.files { try file.attach(accounts: accounts, identities) }
        try furniture.controlGroups.attach()
        // The network of another is not to be changed, least of all the host's.
        if hasOwnNetwork { try KernelFileSystems.relaxNetworkLimits(identities) }
        if !specification.isPrivileged && !specification.isolation.hasUnmaskedPaths { try kernel.protect() }
        try WorkingDirectory.make(specification.process.workingDirectory)
        if specification.isReadOnly {
            let root = try OwnedDescriptor.open("/", clinux_O_PATH | O_DIRECTORY)
            try makeReadOnly(root.rawValue, called: "/")
        }
    }

    private func connect() throws {
        try GoAhead.wait(on: goAhead)
        // Only now: the namespace is rooted in the control group that the process is in when it is made.
        try Namespaces.cgroup.unshare()
        if hasOwnNetwork { try ContainerNetwork.configure(specification.network) }
    }
}

/// What execve(2) leaves of the signals of whoever has started the harness.
enum InheritedSignals {
    /// Nothing is ignored any more, as nohup(1) or a shell may have asked for; a container's program knows none of them.
    static func reset() throws(SystemCallError) {
        for number in 1..<CInt(NSIG) where number != SIGKILL && number != SIGSTOP {
            try checked("rt_sigaction") { clinux_default_signal(number) }
        }
    }
}

/// The launcher's word that a process may go on: until then it is outside of its control groups, and what it started
/// would stay outside.
enum GoAhead {
    /// Ends the process where the launcher has given it up.
    static func wait(on pipe: CInt) throws(SystemCallError) {
        var byte: UInt8 = 0
        guard try checked("read", "the launcher's word", { read(pipe, &byte, 1) }) == 1 else { _exit(127) }
    }

    static func give(to pipe: CInt) throws(SystemCallError) { try writeAll([1], to: pipe) }
}

/// The directory that a program starts in.
enum WorkingDirectory {
    /// Makes it in the container, as root, if it is missing.
    static func make(_ path: String) throws {
        if access(path, F_OK) != 0 { try makeDirectories(path) }
    }

    /// Goes there with the program's own rights, and makes sure that it is inside of the container's root: a
    /// descriptor of the host that was left open could lead out (CVE-2024-21626).
    static func enter(_ path: String) throws {
        try checked("chdir", path) { chdir(path) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard getcwd(&buffer, buffer.count) != nil else {
            let code = errno
            throw SystemCallError(call: "getcwd", errno: code, subject: path)
        }
        // The kernel puts "(unreachable)" in front of what is outside of the root.
        guard buffer[0] == CChar(UInt8(ascii: "/")) else {
            throw SystemCallError(call: "chdir", errno: ENOENT, subject: path)
        }
    }
}
