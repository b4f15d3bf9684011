import Testing

@testable import LinuxKernel

@Suite("Who is who in a user namespace")
struct IdentityMapTests {
    private typealias Extent = IdentityMap.Extent

    @Test("the caller is root, and the subordinate ids follow, range after range")
    func whole() {
        let map = IdentityMap(
            user: 1000, group: 100,
            subordinates: SubordinateIDs(users: [100_000..<165_536, 300_000..<300_010], groups: [200_000..<265_536]))
        #expect(
            map.users == [
                Extent(inside: 0, outside: 1000, count: 1), Extent(inside: 1, outside: 100_000, count: 65_536),
                Extent(inside: 65_537, outside: 300_000, count: 10),
            ])
        #expect(
            map.groups == [
                Extent(inside: 0, outside: 100, count: 1), Extent(inside: 1, outside: 200_000, count: 65_536),
            ])
        #expect(!map.isSingle && !map.isInitial)
        #expect(map.contains(user: 0) && map.contains(user: 65_546) && !map.contains(user: 65_547))
        #expect(map.contains(group: 65_536) && !map.contains(group: 65_537))
        #expect(map.lastGroup == 65_536)
    }

    @Test(
        "with none, or one kind only, the caller is alone",
        arguments: [
            SubordinateIDs(), SubordinateIDs(users: [100_000..<165_536]), SubordinateIDs(groups: [100_000..<165_536]),
        ])
    func alone(subordinates: SubordinateIDs) {
        let map = IdentityMap(user: 1000, group: 1000, subordinates: subordinates)
        #expect(map.users == [Extent(inside: 0, outside: 1000, count: 1)])
        #expect(map.groups == map.users)
        #expect(map.isSingle)
        #expect(map.lastGroup == 0)
    }

    @Test("the caller's own id is in no range, and the kernel's bound on lines holds")
    func bounds() {
        let overlapping = SubordinateIDs(users: [900..<1100, 5000..<5001], groups: [5000..<5001])
        #expect(
            IdentityMap(user: 1000, group: 1000, subordinates: overlapping).users.map(\.outside) == [1000, 5000])
        let many = (0..<1000).map { UInt32($0) * 10 + 10_000 }.map { $0..<($0 + 1) }
        let map = IdentityMap(user: 1, group: 1, subordinates: SubordinateIDs(users: many, groups: many))
        #expect(map.users.count == 340)
    }

    @Test("the kernel's lines are read")
    func reading() {
        #expect(
            IdentityMap.extents(Array("         0       1001          1\n         1     100000      65536\n".utf8)) == [
                Extent(inside: 0, outside: 1001, count: 1), Extent(inside: 1, outside: 100_000, count: 65_536),
            ])
        let all = IdentityMap.extents(Array("         0          0 4294967295\n".utf8))
        #expect(IdentityMap(users: all, groups: all).isInitial)
        #expect(!IdentityMap(users: all, groups: all).isSingle)
        #expect(IdentityMap.extents(Array("\nnonsense\n1 2\n".utf8)) == [])
    }
}
