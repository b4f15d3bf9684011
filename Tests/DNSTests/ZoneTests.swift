import Addresses
import Testing

@testable import DNS

@Suite("Who sees which names")
struct ZoneTests {
    private static let v4 = IPAddress.v4(IPv4Address(10, 0, 0, 2))
    private static let v6 = IPAddress.v6(IPv6Address(high: 0xfd00 << 48, low: 2))
    private static let replica = IPAddress.v4(IPv4Address(10, 0, 0, 3))
    private static let other = IPAddress.v4(IPv4Address(10, 1, 0, 2))

    private func zone() -> Zone {
        let front = Zone.Network(
            name: "demo_front", subnets: [IPNetwork("10.0.0.0/24"), IPNetwork("fd00::/64")].compactMap { $0 },
            members: [
                Zone.Member(names: ["web", "pool"], addresses: [Self.v4, Self.v6]),
                Zone.Member(names: ["api", "pool"], addresses: [Self.replica]),
            ])
        let back = Zone.Network(
            name: "demo_back", subnets: [IPNetwork("10.1.0.0/24")].compactMap { $0 },
            members: [Zone.Member(names: ["db"], addresses: [Self.other])])
        return Zone(networks: ["front": front, "back": back])
    }

    private func query(_ name: String, _ type: UInt16, _ change: (inout Query) -> Void = { _ in }) throws -> Query {
        var query = Query(
            identifier: 1, operation: 0, wantsRecursion: true, name: try #require(DomainName(name)), type: type,
            recordClass: 1)
        change(&query)
        return query
    }

    private static let view = Zone.View(networks: ["front"], own: ["link": [other]])

    @Test(
        "addresses of the wanted version are given; a name that has none is there all the same",
        arguments: [
            ("web", RecordType.a, [v4]), ("WEB", RecordType.aaaa, [v6]), ("web.demo_front", RecordType.a, [v4]),
            ("api", RecordType.aaaa, []), ("web", 15, []), ("link", RecordType.a, [other]),
            ("localhost", RecordType.a, [.v4(.loopback)]),
        ])
    func known(name: String, type: UInt16, addresses: [IPAddress]) throws {
        var zone = zone()
        #expect(
            try zone.verdict(on: query(name, type), in: Self.view)
                == .answer(Response(.noError, records: addresses.map { .address($0) })))
    }

    @Test(
        "what is on no shared network is passed on, or not there where nothing leads out",
        arguments: ["db", "a.example"])
    func unknown(name: String) throws {
        var zone = zone()
        #expect(try zone.verdict(on: query(name, 1), in: Self.view) == .forward)
        let inside = Zone.View(networks: ["front"], leadsOutside: false)
        #expect(try zone.verdict(on: query(name, 1), in: inside) == .answer(Response(.nameError)))
    }

    @Test("of several addresses each is the first in its turn")
    func rotation() throws {
        var zone = zone()
        var firsts: [Response.Record: Int] = [:]
        for _ in 0..<10 {
            guard case .answer(let response) = try zone.verdict(on: query("pool", 1), in: Self.view) else { continue }
            #expect(Set(response.records) == [.address(Self.v4), .address(Self.replica)])
            firsts[response.records[0], default: 0] += 1
        }
        #expect(firsts == [.address(Self.v4): 5, .address(Self.replica): 5])
    }

    @Test(
        "addresses have names, unless nobody has the address",
        arguments: [
            ("2.0.0.10.in-addr.arpa", "web"), ("3.0.0.10.in-addr.arpa", "api"),
            ("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "web"),
            ("9.0.0.10.in-addr.arpa", nil), ("2.0.1.10.in-addr.arpa", nil),
        ])
    func reverse(name: String, expected: String?) throws {
        var zone = zone()
        let answer = expected.flatMap { DomainName($0) }.map { Response(.noError, records: [.pointer($0)]) }
        #expect(
            try zone.verdict(on: query(name, RecordType.ptr), in: Self.view)
                == .answer(answer ?? Response(.nameError)))
    }

    @Test("addresses of the outside are others' to name")
    func reverseOutside() throws {
        var zone = zone()
        #expect(try zone.verdict(on: query("8.8.8.8.in-addr.arpa", RecordType.ptr), in: Self.view) == .forward)
    }

    @Test("what is no plain query of the Internet's names is refused")
    func refused() throws {
        var zone = zone()
        let update = try query("web", 1) { $0.operation = 5 }
        #expect(zone.verdict(on: update, in: Self.view) == .answer(Response(.notImplemented)))
        let chaos = try query("version.bind", 16) { $0.recordClass = 3 }
        #expect(zone.verdict(on: chaos, in: Self.view) == .answer(Response(.refused)))
        let later = try query("web", 1) { $0.extensions = Query.Extensions(payloadSize: 512, version: 1) }
        #expect(zone.verdict(on: later, in: Self.view) == .answer(Response(.badVersion)))
    }
}
