import Glibc

/// The ids beyond their own that users may have in user namespaces: subuid(5) and subgid(5).
///
/// What is found here is a proposal only: newuidmap(1) and newgidmap(1), which set the map, look for themselves.
public struct SubordinateIDs: Hashable, Sendable {
    /// In the order of the file.
    public var users: [Range<UInt32>]
    /// In the order of the file.
    public var groups: [Range<UInt32>]

    /// Takes the values as they are.
    public init(users: [Range<UInt32>] = [], groups: [Range<UInt32>] = []) {
        self.users = users
        self.groups = groups
    }

    /// Reads the files' contents.
    ///
    /// - Parameters:
    ///   - subuid: Lines `OWNER:START:COUNT`, the owner by name or number; others are passed over.
    ///   - name: The owner's name; `nil`: it has none.
    public init(subuid: [UInt8], subgid: [UInt8], user: uid_t, name: String?) {
        users = Self.ranges(subuid, user, name)
        groups = Self.ranges(subgid, user, name)
    }

    /// Those of the calling process's user; none where a file can't be read.
    public static func ofCallingUser() -> SubordinateIDs {
        let user = getuid()
        return SubordinateIDs(
            subuid: contents(of: "/etc/subuid"), subgid: contents(of: "/etc/subgid"), user: user,
            name: userName(of: user))
    }

    /// The name of a user by /etc/passwd; `nil` where it has none.
    public static func userName(of user: uid_t) -> String? {
        do throws(AccountError) {
            return try Accounts(passwd: contents(of: "/etc/passwd")).resolve("\(user)").name
        } catch {
            return nil
        }
    }

    private static func contents(of path: String) -> [UInt8] {
        do {
            return try readRegularFile(path, limit: 4 << 20)
        } catch {
            // Who has no such file has no such ids.
            return []
        }
    }

    private static func ranges(_ text: [UInt8], _ user: uid_t, _ name: String?) -> [Range<UInt32>] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard fields.count == 3, fields[0] == name || fields[0] == "\(user)", let start = UInt32(fields[1]),
                let count = UInt32(fields[2]), count > 0
            else { return nil }
            let (end, overflows) = start.addingReportingOverflow(count)
            return overflows ? nil : start..<end
        }
    }
}
