import CLinux
import Glibc
import LinuxKernel

/// The users and groups of a container, from its own /etc/passwd and /etc/group (passwd(5), group(5)).
///
/// Read once, in the container's root. Lines that don't have the form are passed over, as the C library does; an image
/// without the files has no names, but numbers always work.
struct ContainerAccounts {
    /// A user with all that a process needs to be it.
    struct User {
        var identity: ProcessIdentity
        var home: String
    }

    /// Larger files are refused: they are the image's, and hostile ones exist.
    private static let maximumSize = 4 << 20

    private struct PasswdEntry {
        var name: Substring
        var uid: uid_t
        var gid: gid_t
        var home: Substring
    }

    private struct GroupEntry {
        var name: Substring
        var gid: gid_t
        var members: [Substring]
    }

    private let users: [PasswdEntry]
    private let groups: [GroupEntry]

    /// Reads both files of the calling process's root.
    init() throws {
        users = try Self.fields(of: "/etc/passwd", count: 7).compactMap { fields in
            guard let uid = uid_t(fields[2]), let gid = gid_t(fields[3]) else { return nil }
            return PasswdEntry(name: fields[0], uid: uid, gid: gid, home: fields[5])
        }
        groups = try Self.fields(of: "/etc/group", count: 4).compactMap { fields in
            guard let gid = gid_t(fields[2]) else { return nil }
            return GroupEntry(name: fields[0], gid: gid, members: fields[3].split(separator: ","))
        }
    }

    /// Looks up `user`, `user:group`, or numbers; empty is root.
    ///
    /// As Docker: a number that /etc/passwd does not have is taken with group 0; a group that is named replaces the
    /// user's own and its supplementary ones.
    ///
    /// - Throws: ``SetupFailure`` with the kind `userUnknown`.
    func user(_ text: String) throws -> User {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        let entry = try entry(named: name, in: text)
        var user = User(
            identity: ProcessIdentity(uid: entry.uid, gid: entry.gid),
            home: entry.home.isEmpty ? "/" : String(entry.home))
        if parts.count == 2 {
            user.identity.gid = try group(named: parts[1], in: text)
        } else {
            user.identity.groups = groups.filter { $0.members.contains(entry.name) }.map(\.gid)
        }
        return user
    }

    /// The owner of a file: names or numbers, empty is 0.
    func owner(uid: String, gid: String) throws -> (uid: uid_t, gid: gid_t) {
        (
            uid.isEmpty ? 0 : try entry(named: Substring(uid), in: uid).uid,
            gid.isEmpty ? 0 : try group(named: Substring(gid), in: gid)
        )
    }

    private func entry(named name: Substring, in text: String) throws -> PasswdEntry {
        if let known = users.first(where: { $0.name == name }) { return known }
        guard let uid = uid_t(name), uid <= UInt32(Int32.max) else { throw SetupFailure(.userUnknown, subject: text) }
        if let known = users.first(where: { $0.uid == uid }) { return known }
        return PasswdEntry(name: "", uid: uid, gid: 0, home: uid == 0 ? "/root" : "/")
    }

    private func group(named name: Substring, in text: String) throws -> gid_t {
        if let known = groups.first(where: { $0.name == name }) { return known.gid }
        guard let gid = gid_t(name), gid <= UInt32(Int32.max) else { throw SetupFailure(.userUnknown, subject: text) }
        return gid
    }

    private static func fields(of path: String, count: Int) throws -> [[Substring]] {
        let bytes: [UInt8]
        do {
            bytes = try readRegularFile(path, limit: maximumSize)
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return [] }
            throw error
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            return fields.count >= count && !fields[0].isEmpty ? fields : nil
        }
    }
}
