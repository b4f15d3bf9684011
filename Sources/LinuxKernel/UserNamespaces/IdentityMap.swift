import Glibc

/// Which users and groups of a user namespace stand for which outside of it (user_namespaces(7)).
public struct IdentityMap: Hashable, Sendable {
    /// `count` ids from `inside` on, each standing for the one at the same place from `outside` on.
    public struct Extent: Hashable, Sendable {
        /// The first id in the namespace.
        public var inside: UInt32
        /// The first id in the namespace above it.
        public var outside: UInt32
        /// How many there are, at least 1.
        public var count: UInt32

        /// Takes the values as they are.
        public init(inside: UInt32, outside: UInt32, count: UInt32) {
            self.inside = inside
            self.outside = outside
            self.count = count
        }
    }

    /// The kernel takes 340 lines at most (Linux 4.15); the own id is one of them.
    private static let maximumExtents = 340

    /// Of users.
    public var users: [Extent]
    /// Of groups.
    public var groups: [Extent]

    /// Takes the values as they are.
    public init(users: [Extent], groups: [Extent]) {
        self.users = users
        self.groups = groups
    }

    /// The map in which 0 is the caller, and 1 and all that follow are the subordinate ids.
    ///
    /// Both kinds are needed: with one of them only, the map has the caller and nobody else.
    public init(user: uid_t, group: gid_t, subordinates: SubordinateIDs) {
        let isComplete = !subordinates.users.isEmpty && !subordinates.groups.isEmpty
        users = Self.extents(user, isComplete ? subordinates.users : [])
        groups = Self.extents(group, isComplete ? subordinates.groups : [])
    }

    private static func extents(_ own: UInt32, _ subordinates: [Range<UInt32>]) -> [Extent] {
        var extents = [Extent(inside: 0, outside: own, count: 1)]
        var next: UInt32 = 1
        for range in subordinates.prefix(maximumExtents - 1) {
            // The kernel's highest id means "none".
            let count = min(UInt32(range.count), UInt32.max - 1 - next)
            guard count > 0, !range.contains(own) else { continue }
            extents.append(Extent(inside: next, outside: range.lowerBound, count: count))
            next += count
        }
        return extents
    }

    /// Whether every id is itself: the machine's own user namespace.
    public var isInitial: Bool { users == [Extent(inside: 0, outside: 0, count: UInt32.max)] }

    /// Whether there is but one user or one group: no process can become another then.
    public var isSingle: Bool { Self.size(users) == 1 || Self.size(groups) == 1 }

    /// Whether a user of the namespace stands for anybody.
    public func contains(user: uid_t) -> Bool { Self.contains(users, user) }

    /// Whether a group of the namespace stands for any.
    public func contains(group: gid_t) -> Bool { Self.contains(groups, group) }

    /// The highest group up to which all are there; `nil`: there is no group 0.
    public var lastGroup: gid_t? {
        var next: UInt32 = 0
        for extent in groups.sorted(by: { $0.inside < $1.inside }) where extent.inside == next {
            let (end, overflows) = next.addingReportingOverflow(extent.count)
            next = overflows ? UInt32.max : end
        }
        return next == 0 ? nil : next - 1
    }

    private static func size(_ extents: [Extent]) -> UInt64 { extents.reduce(0) { $0 + UInt64($1.count) } }

    private static func contains(_ extents: [Extent], _ id: UInt32) -> Bool {
        extents.contains { id >= $0.inside && id - $0.inside < $0.count }
    }
}

extension IdentityMap {
    /// That of the user namespace which the calling process is in.
    public static func ofCallingProcess() throws(SystemCallError) -> IdentityMap {
        var map = IdentityMap(users: try read("uid_map"), groups: [])
        map.groups = try map.isInitial ? map.users : read("gid_map")
        return map
    }

    private static func read(_ name: String) throws(SystemCallError) -> [Extent] {
        let file = try OwnedDescriptor.open("/proc/self/\(name)", O_RDONLY)
        return extents(try readAll(file.rawValue))
    }

    /// Reads lines `INSIDE OUTSIDE COUNT`, as /proc/PID/uid_map has them.
    static func extents(_ text: [UInt8]) -> [Extent] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let numbers = line.split(separator: UInt8(ascii: " ")).compactMap {
                UInt32(String(decoding: $0, as: UTF8.self))
            }
            guard numbers.count == 3 else { return nil }
            return Extent(inside: numbers[0], outside: numbers[1], count: numbers[2])
        }
    }
}
