import Glibc

/// The users and groups of an image.
public struct Accounts: Sendable {
    private let users: AccountFile
    private let groups: AccountFile

    /// Takes what the image's files contain; empty where it has none.
    ///
    /// - Parameters:
    ///   - passwd: `/etc/passwd`, up to 4 MiB, lines up to 64 KiB.
    ///   - group: `/etc/group`, the same.
    /// - Throws: ``AccountError`` beyond these bounds.
    public init(passwd: [UInt8] = [], group: [UInt8] = []) throws(AccountError) {
        users = try AccountFile(passwd, name: "/etc/passwd")
        groups = try AccountFile(group, name: "/etc/group")
    }

    /// Looks up a container's `user`.
    ///
    /// As Docker does it: a number need not be listed, and has group 0 and home `/` where it is not; the first line
    /// that has the name or the number counts; supplementary groups are those that list the user, unless a group is
    /// given.
    ///
    /// - Parameter specification: `USER`, `USER:GROUP`, names or numbers up to 2,147,483,647; empty: user 0.
    /// - Throws: ``AccountError`` for a name that is not listed, a number out of range.
    public func resolve(_ specification: String) throws(AccountError) -> Account {
        let parts = specification.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let userText = parts.first.map(String.init) ?? ""
        let groupText = parts.count > 1 ? String(parts[1]) : ""
        let record = findUser(userText.isEmpty ? "0" : userText, byNameToo: !userText.isEmpty)
        var account = Account(user: 0, group: 0, groups: [], home: "/", name: nil)
        if let record {
            account.user = record.user
            account.group = record.group
            account.name = String(decoding: record.name, as: UTF8.self)
            if !record.home.isEmpty { account.home = String(decoding: record.home, as: UTF8.self) }
        } else if !userText.isEmpty {
            account.user = try number(userText, unknown: .unknownUser(userText))
        }
        if !groupText.isEmpty {
            account.group = try resolveGroup(groupText)
        }
        account.groups = [account.group]
        if groupText.isEmpty, let record {
            for group in memberships(of: record.name) where !account.groups.contains(group) {
                account.groups.append(group)
            }
        }
        return account
    }

    /// Looks up a group by name or number, as for `group_add`.
    ///
    /// - Throws: ``AccountError`` for a name that is not listed, a number out of range.
    public func resolveGroup(_ text: String) throws(AccountError) -> gid_t {
        if let listed = findGroup(text) { return listed }
        return try number(text, unknown: .unknownGroup(text))
    }

    private func findUser(_ text: String, byNameToo: Bool) -> UserRecord? {
        let wanted = identifier(text.utf8)
        return users.records.lazy.compactMap(UserRecord.init).first {
            (byNameToo && $0.name.elementsEqual(text.utf8)) || $0.user == wanted
        }
    }

    private func findGroup(_ text: String) -> gid_t? {
        let wanted = identifier(text.utf8)
        return groups.records.lazy.compactMap(GroupRecord.init).first {
            $0.name.elementsEqual(text.utf8) || $0.group == wanted
        }?.group
    }

    private func memberships(of name: ArraySlice<UInt8>) -> [gid_t] {
        groups.records.compactMap(GroupRecord.init).filter { $0.contains(member: name) }.map(\.group)
    }

    private func number(_ text: String, unknown: AccountError) throws(AccountError) -> UInt32 {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !text.isEmpty else { throw unknown }
        // The highest ids mean "none" to the kernel; Docker's bound leaves the upper half out.
        guard let value = identifier(text.utf8), value <= UInt32(Int32.max) else {
            throw AccountError.numberOutOfRange(text)
        }
        return value
    }
}

/// Who a process of an image runs as.
public struct Account: Hashable, Sendable {
    /// The user's number.
    public var user: uid_t
    /// The primary group's number.
    public var group: gid_t
    /// All groups, the primary one first, each once.
    public var groups: [gid_t]
    /// For `HOME`.
    public var home: String
    /// `nil` where the user is not listed.
    public var name: String?

    /// Takes the values as they are.
    public init(user: uid_t, group: gid_t, groups: [gid_t], home: String, name: String?) {
        self.user = user
        self.group = group
        self.groups = groups
        self.home = home
        self.name = name
    }
}

/// A user or group that an image does not have.
public enum AccountError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A name that the image's `/etc/passwd` does not list.
    case unknownUser(String)
    /// A name that the image's `/etc/group` does not list.
    case unknownGroup(String)
    /// A number above 2,147,483,647.
    case numberOutOfRange(String)
    /// A file of more than so many bytes.
    case fileTooLong(String, limit: Int)
    /// A line, counted from 1, of more than so many bytes.
    case lineTooLong(String, line: Int, limit: Int)

    /// The sentence for the user.
    public var description: String {
        switch self {
        case .unknownUser(let name): "the image has no user '\(name)' in /etc/passwd"
        case .unknownGroup(let name): "the image has no group '\(name)' in /etc/group"
        case .numberOutOfRange(let number): "user or group \(number) is above 2147483647"
        case .fileTooLong(let name, let limit): "the image's \(name) has more than \(limit) bytes"
        case .lineTooLong(let name, let line, let limit):
            "line \(line) of the image's \(name) has more than \(limit) bytes"
        }
    }
}
