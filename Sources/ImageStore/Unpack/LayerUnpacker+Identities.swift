import Glibc
import LinuxKernel

extension LayerUnpacker {
    /// Unpacks into a new directory; returns what could not be kept, and how often.
    static func unpack(
        _ stream: LayerStream, into directory: String, limits: UnpackLimits, identities: IdentityMap? = nil
    ) throws -> [String: Int] {
        try checked("mkdir", directory) { mkdir(directory, 0o755) }
        try checked("chmod", directory) { chmod(directory, 0o755) }
        let unpacker = LayerUnpacker(
            into: try .open(directory, O_RDONLY | O_DIRECTORY), limits: limits, identities: identities)
        var reader = TarReader(stream)
        try unpacker.unpack(&reader)
        return unpacker.omissions
    }

    /// Whether this is root, and of the machine.
    var isMachinesRoot: Bool { isPrivileged && identities == nil }

    /// The owner that an entry gets; `nil`: stays with whoever unpacks.
    func owner(of entry: TarEntry) -> (user: uid_t, group: gid_t)? {
        guard isPrivileged else { return nil }
        guard let identities else { return (entry.user, entry.group) }
        let (hasUser, hasGroup) = (
            identities.contains(user: entry.user), identities.contains(group: entry.group)
        )
        if !hasUser || !hasGroup { omit("owner for whom this user has no subordinate id; root has the file") }
        return (hasUser ? entry.user : 0, hasGroup ? entry.group : 0)
    }
}
