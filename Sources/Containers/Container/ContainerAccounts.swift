import Glibc
import LinuxKernel

/// The users and groups of a container, from the files in its own root.
struct ContainerAccounts {
    private static let sizeLimit = 4 << 20

    private let accounts: Accounts

    /// Reads both files of the calling process's root; an image without them has no names, but numbers always work.
    init() throws {
        accounts = try Self.named {
            try Accounts(passwd: try Self.contents(of: "/etc/passwd"), group: try Self.contents(of: "/etc/group"))
        }
    }

    /// Looks up `user`, `user:group`, or numbers; empty is root.
    ///
    /// - Throws: ``SetupFailure`` with the kind `userUnknown`.
    func account(_ text: String) throws -> Account { try Self.named { try accounts.resolve(text) } }

    /// Looks up a group by name or number.
    ///
    /// - Throws: ``SetupFailure`` with the kind `userUnknown`.
    func group(_ text: String) throws -> gid_t { try Self.named { try accounts.resolveGroup(text) } }

    /// The owner of a file: names or numbers, empty is 0.
    func owner(uid: String, gid: String) throws -> (uid: uid_t, gid: gid_t) {
        let account = try account("\(uid.isEmpty ? "0" : uid):\(gid.isEmpty ? "0" : gid)")
        return (account.user, account.group)
    }

    private static func contents(of path: String) throws -> [UInt8] {
        do {
            return try readRegularFile(path, limit: sizeLimit)
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return [] }
            throw error
        }
    }

    private static func named<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as AccountError {
            throw SetupFailure(.userUnknown, subject: error.description)
        }
    }
}
