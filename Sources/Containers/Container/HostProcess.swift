import CLinux
import Glibc
import LinuxKernel

/// A program on the host's file system, inside the sandbox's network: the test command.
///
/// It has the invoking user's identity and privileges, its working directory and its terminal. Its mount namespace is
/// its own: /proc shows the sandbox's processes, /etc/hosts and /etc/resolv.conf are the environment's.
struct HostProcess {
    let process: ProcessSpecification
    let hosts: String
    let resolverConfiguration: String

    /// Never returns.
    func run(
        in scratch: ScratchSpace, streams: Streams, descriptorLimit: DescriptorLimit, identities: IdentityMap,
        reporter: Reporter
    ) -> Never {
        do {
            try closeOnExecute(from: 3)
            try dieWithParent(expecting: 1)
            try streams.install()
            try replace("/etc/hosts", with: hosts, in: scratch)
            try replace("/etc/resolv.conf", with: resolverConfiguration, in: scratch)
            try mount("proc", at: "/proc", type: "proc", [.noSetUID, .noDevices, .noExecute])
            // The writable layers are none of its business.
            try unmountLazily(scratch.memory)
            if !identities.isInitial { try identities.becomeCaller() }
            try checked("chdir", process.workingDirectory) { chdir(process.workingDirectory) }
            try descriptorLimit.restore()
        } catch {
            reporter.fail(error)
        }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        let path = process.environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/bin:/bin"
        let error = execute(process.arguments, environment: process.environment, searching: String(path))
        reporter.fail(ProcessStart.failure(error, of: process.arguments.first ?? ""))
    }

    /// Puts a file over one of the host's. A host that has none keeps none: nothing is made on it.
    private func replace(_ path: String, with content: String, in scratch: ScratchSpace) throws {
        guard access(path, F_OK) == 0 else { return }
        let copy = "\(scratch.files("test"))-\(path.split(separator: "/").joined(separator: "-"))"
        let file = try OwnedDescriptor.open(copy, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try writeAll(content.utf8, to: file.rawValue)
        let target = try OwnedDescriptor.open(path, clinux_O_PATH)
        try DetachedMount(copying: copy).attach(onto: target.rawValue, called: path)
    }
}

extension IdentityMap {
    /// Makes the calling process, root of this map's user namespace, the user outside who is its root.
    ///
    /// It gets a user namespace below, in which that user and group have their own numbers, and nobody else any: files
    /// that it makes are theirs, and, at execve(2), it has no privilege. Its supplementary groups stay.
    func becomeCaller() throws {
        guard let user = users.first(where: { $0.inside == 0 }), let group = groups.first(where: { $0.inside == 0 })
        else { throw SetupFailure(.userUnmapped, subject: "the caller") }
        try Namespaces.user.unshare()
        // The kernel lets nobody map a group who could drop one afterwards.
        for (file, text) in [
            ("setgroups", "deny"), ("uid_map", "\(user.outside) 0 1"), ("gid_map", "\(group.outside) 0 1"),
        ] {
            let target = try OwnedDescriptor.open("/proc/self/\(file)", O_WRONLY)
            try writeAll(text.utf8, to: target.rawValue)
        }
    }
}
