import Foundation
import ProbeRunner
import Testing

/// Runs requests in network namespaces of a process of its own.
@Suite("Session with the kernel")
struct SessionTests {
    private func probe(_ scenario: String) throws -> [String]? {
        let result = try runProbe(scenario)
        guard result.exitCode != probeSkipCode else {
            if case .failure(let reason) = skip(because: "netlink: \(result.output)") { Issue.record("\(reason)") }
            return nil
        }
        try #require(result.exitCode == 0, "\(result.output)\(result.diagnostics)")
        return result.lines
    }

    private func objects(_ line: String) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [[String: Any]])
    }

    @Test("a bridge, a veth pair into another namespace, an address and a route are as ip(8) sees them")
    func connectsNamespaces() throws {
        guard let lines = try probe("veth") else { return }
        let outer = try objects(lines[0])
        let bridge = try #require(outer.first { $0["ifname"] as? String == "br0" })
        #expect(bridge["ifindex"] as? Int == 100)
        #expect((bridge["flags"] as? [String])?.contains("UP") == true)
        #expect(bridge["mtu"] as? Int == 1400)
        let port = try #require(outer.first { $0["ifname"] as? String == "h0" })
        #expect(port["master"] as? String == "br0")
        #expect((port["flags"] as? [String])?.contains("UP") == true)
        #expect(Array(lines[1...3]) == ["index 100", "missing nil", "links lo:-:true br0:bridge:true h0:veth:true"])
        let inner = try objects(lines[4])
        let peer = try #require(inner.first { $0["ifname"] as? String == "eth0" })
        #expect(peer["ifindex"] as? Int == 1000)
        #expect(peer["address"] as? String == "02:42:0a:59:00:02")
        #expect((peer["flags"] as? [String])?.contains("UP") == true)
        #expect(peer["mtu"] as? Int == 1400)
        #expect(peer["num_rx_queues"] as? Int == 1)
        #expect(lines[5].contains(#""local":"10.89.0.2","prefixlen":24,"broadcast":"10.89.0.255""#))
        #expect(lines[6].contains(#""dst":"default","gateway":"10.89.0.1","dev":"eth0""#))
        #expect(
            Array(lines[7...]) == [
                "addresses 127.0.0.1/8 10.89.0.2/24",
                "routes default via 10.89.0.1 dev 1000, 10.89.0.0/24 dev 1000",
                "left lo br0",
            ])
    }

    @Test("a refusal names the request and gives the kernel's reason; what follows it is carried out")
    func refusals() throws {
        guard let lines = try probe("netlink-errors") else { return }
        #expect(lines[0] == "cannot create bridge br0: File exists")
        #expect(lines[1].hasPrefix("cannot add address 10.0.0.1/24 to interface 77: No such device"))
        #expect(lines[2].hasPrefix("cannot add route default via 10.0.0.1: Network is unreachable"))
        #expect(lines[3] == "cannot delete interface nothing: No such device")
        #expect(lines[4] == "cannot delete interface 99: No such device")
        #expect(lines[5].hasPrefix("cannot change interface 1: Invalid argument"))
        #expect(lines[6] == "left lo br1")
    }

    @Test("batches and lists longer than a datagram are complete")
    func longLists() throws {
        guard let lines = try probe("netlink-lists") else { return }
        #expect(lines == ["links 1001 kinds - bridge"])
    }
}
