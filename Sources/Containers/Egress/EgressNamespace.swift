import CLinux
import Glibc
import LinuxKernel

/// The namespaces in which pasta(1) lives: a network namespace, and where the host allows it a user namespace that
/// owns it, so that whoever takes pasta over is nobody on the host, without any capability there.
///
/// Held by descriptors: they last as long as somebody is in them or has them open.
struct EgressNamespace: ~Copyable {
    let network: OwnedDescriptor
    /// `nil`: the host has none to give.
    let user: OwnedDescriptor?

    /// The user `nobody` and the group `nogroup` or `nobody`, of every distribution.
    private static let nobody = 65_534

    /// Makes them; the calling process stays where it is.
    ///
    /// - Parameters:
    ///   - processes: Where /proc of the calling process's PID namespace is.
    ///   - isOwnedByNobody: There is to be a user namespace; without, the caller's owns the network namespace.
    static func make(processes: String, isOwnedByNobody: Bool) throws -> EgressNamespace {
        guard isOwnedByNobody else { return try make(.network, processes: processes) }
        do {
            return try make([.user, .network], processes: processes)
        } catch let error as SystemCallError where [EPERM, ENOSPC, EINVAL, ENOSYS, EACCES].contains(error.errno) {
            // No user namespaces, or not for the caller (user_namespaces(7)): pasta keeps the caller's user then.
            return try make(.network, processes: processes)
        }
    }

    private static func make(_ kinds: Namespaces, processes: String) throws -> EgressNamespace {
        let child = try cloneProcess(kinds)
        if child.isChild {
            // Only there for its namespaces, until they have been opened.
            while true { pause() }
        }
        let (pid, descriptor) = child.taken()
        close(descriptor)
        defer {
            kill(pid, SIGKILL)
            var status: CInt = 0
            waitpid(pid, &status, 0)
        }
        let directory = "\(processes)/\(pid)"
        let network = try OwnedDescriptor.open("\(directory)/ns/net", O_RDONLY)
        guard kinds.contains(.user) else { return EgressNamespace(network: network, user: nil) }
        for map in ["uid_map", "gid_map"] {
            let file = try OwnedDescriptor.open("\(directory)/\(map)", O_WRONLY)
            try writeAll("0 \(nobody) 1\n".utf8, to: file.rawValue)
        }
        return EgressNamespace(network: network, user: try OwnedDescriptor.open("\(directory)/ns/user", O_RDONLY))
    }

    /// The descriptor of ``user``.
    var userDescriptor: CInt? {
        switch user {
        case .some(let user): user.rawValue
        case .none: nil
        }
    }

    private init(network: consuming OwnedDescriptor, user: consuming OwnedDescriptor?) {
        self.network = network
        self.user = user
    }
}
