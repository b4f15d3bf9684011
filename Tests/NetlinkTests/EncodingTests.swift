import Addresses
import Testing

@testable import Netlink

/// The bytes of requests on a little-endian machine, each line a header or an attribute.
@Suite("Encoding of requests")
struct EncodingTests {
    private func expect(
        _ request: Request, encodesAs lines: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var writer = MessageWriter()
        request.encode(into: &writer, sequence: 7)
        #expect(hex(writer.bytes) == lines.joined(separator: " "), sourceLocation: sourceLocation)
    }

    @Test("a bridge is one RTM_NEWLINK, up, with its index and address")
    func bridge() {
        expect(
            .createBridge(
                Bridge(name: "br0", index: 5, address: HardwareAddress(for: IPv4Address(10, 0, 0, 1)), mtu: 1400)),
            encodesAs: [
                "4c 00 00 00 10 00 01 06 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWLINK, REQUEST, CREATE|EXCL
                "00 00 00 00 05 00 00 00 01 00 00 00 01 00 00 00",  // ifinfomsg: index 5, IFF_UP of IFF_UP
                "08 00 03 00 62 72 30 00",  // IFLA_IFNAME "br0"
                "0a 00 01 00 02 42 0a 00 00 01 00 00",  // IFLA_ADDRESS, padded
                "08 00 04 00 78 05 00 00",  // IFLA_MTU 1400
                "10 00 12 80",  // IFLA_LINKINFO
                "0b 00 01 00 62 72 69 64 67 65 00 00",  // IFLA_INFO_KIND "bridge", padded
            ])
    }

    @Test("how often programs are told of a neighbour is a parameter of an interface in the table of neighbours")
    func neighbourNotices() {
        expect(
            .setNeighbourNotices(interface: 5, count: 1),
            encodesAs: [
                "38 00 00 00 43 00 01 00 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_SETNEIGHTBL, REQUEST
                "02 00 00 00",  // ndtmsg: AF_INET
                "0e 00 01 00 61 72 70 5f 63 61 63 68 65 00 00 00",  // NDTA_NAME "arp_cache", padded
                "14 00 06 80",  // NDTA_PARMS
                "08 00 01 00 05 00 00 00",  // NDTPA_IFINDEX 5
                "08 00 09 00 01 00 00 00",  // NDTPA_APP_PROBES 1
            ])
    }

    @Test("a rule names whose packets it is for, where they go, and the table")
    func rule() {
        expect(
            .addRule(
                RoutingRule(
                    source: IPv4Address(10, 0, 0, 2), destination: IPv4Address(10, 9, 0, 1), priority: 100,
                    action: .lookUp(table: 254))),
            encodesAs: [
                "34 00 00 00 20 00 01 06 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWRULE, REQUEST, CREATE|EXCL
                "02 20 20 00 fe 00 00 01 00 00 00 00",  // AF_INET, 32 bits of both, table 254, FR_ACT_TO_TBL
                "08 00 01 00 0a 09 00 01",  // FRA_DST
                "08 00 02 00 0a 00 00 02",  // FRA_SRC
                "08 00 06 00 64 00 00 00",  // FRA_PRIORITY
            ])
    }

    @Test("a veth pair is one RTM_NEWLINK, the near end up and a port of the bridge")
    func veth() {
        expect(
            .createVeth(
                VethPair(
                    end: VethEnd(name: "h0"), bridge: 5, peer: VethEnd(name: "eth0"),
                    peerNamespace: .descriptor(9))),
            encodesAs: [
                "8c 00 00 00 10 00 01 06 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWLINK
                "00 00 00 00 00 00 00 00 01 00 00 00 01 00 00 00",  // ifinfomsg: up
                "07 00 03 00 68 30 00 00",  // IFLA_IFNAME "h0", padded
                "08 00 1f 00 01 00 00 00",  // IFLA_NUM_TX_QUEUES 1
                "08 00 20 00 01 00 00 00",  // IFLA_NUM_RX_QUEUES 1
                "08 00 0a 00 05 00 00 00",  // IFLA_MASTER 5
                "4c 00 12 80",  // IFLA_LINKINFO
                "09 00 01 00 76 65 74 68 00 00 00 00",  // IFLA_INFO_KIND "veth", padded
                "3c 00 02 80",  // IFLA_INFO_DATA
                "38 00 01 00",  // VETH_INFO_PEER
                "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",  // ifinfomsg: down
                "09 00 03 00 65 74 68 30 00 00 00 00",  // IFLA_IFNAME "eth0", padded
                "08 00 1f 00 01 00 00 00",  // IFLA_NUM_TX_QUEUES 1
                "08 00 20 00 01 00 00 00",  // IFLA_NUM_RX_QUEUES 1
                "08 00 1c 00 09 00 00 00",  // IFLA_NET_NS_FD 9
            ])
    }

    @Test("a change names its interface by index or by name, and only what changes")
    func change() {
        expect(
            .change(.index(3), LinkChange(mtu: 1400)),
            encodesAs: [
                "28 00 00 00 13 00 01 00 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_SETLINK
                "00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00",  // ifinfomsg: index 3, no flag changes
                "08 00 04 00 78 05 00 00",  // IFLA_MTU 1400
            ])
        expect(
            .change(.name("lo"), .down),
            encodesAs: [
                "28 00 00 00 13 00 01 00 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_SETLINK
                "00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00",  // ifinfomsg: IFF_UP off
                "07 00 03 00 6c 6f 00 00",  // IFLA_IFNAME "lo", padded
            ])
    }

    @Test("a removal is RTM_DELLINK")
    func delete() {
        expect(
            .delete(.index(3)),
            encodesAs: [
                "20 00 00 00 11 00 01 00 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_DELLINK
                "00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00",  // ifinfomsg: index 3
            ])
    }

    @Test("an address has its broadcast address where the network has one")
    func address() {
        let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 24)
        expect(
            .addAddress(InterfaceAddress(interface: 3, address: IPv4Address(10, 0, 0, 2), in: network)),
            encodesAs: [
                "30 00 00 00 14 00 01 06 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWADDR
                "02 18 00 00 03 00 00 00",  // ifaddrmsg: AF_INET, /24, universe, interface 3
                "08 00 02 00 0a 00 00 02",  // IFA_LOCAL
                "08 00 01 00 0a 00 00 02",  // IFA_ADDRESS
                "08 00 04 00 0a 00 00 ff",  // IFA_BROADCAST
            ])
        let pair = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 31)
        #expect(InterfaceAddress(interface: 3, address: IPv4Address(10, 0, 0, 1), in: pair).broadcast == nil)
    }

    @Test("a default route has no destination and scope universe")
    func defaultRoute() {
        expect(
            .addRoute(.default(via: IPv4Address(10, 0, 0, 1), interface: 3)),
            encodesAs: [
                "2c 00 00 00 18 00 01 06 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWROUTE
                "02 00 00 00 fe 03 00 01 00 00 00 00",  // rtmsg: AF_INET, /0, main, boot, universe, unicast
                "08 00 05 00 0a 00 00 01",  // RTA_GATEWAY
                "08 00 04 00 03 00 00 00",  // RTA_OIF 3
            ])
    }

    @Test("a route without a gateway has scope link")
    func linkRoute() {
        let network = IPv4Network(containing: IPv4Address(10, 1, 0, 0), prefixLength: 16)
        expect(
            .addRoute(Route(destination: network, interface: 3)),
            encodesAs: [
                "2c 00 00 00 18 00 01 06 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWROUTE
                "02 10 00 00 fe 03 fd 01 00 00 00 00",  // rtmsg: /16, main, boot, link, unicast
                "08 00 01 00 0a 01 00 00",  // RTA_DST
                "08 00 04 00 03 00 00 00",  // RTA_OIF 3
            ])
    }

    @Test("an answer is asked for without changing anything else")
    func acknowledgement() {
        var writer = MessageWriter()
        Request.delete(.index(1)).encode(into: &writer, sequence: 1)
        let second = writer.bytes.count
        Request.delete(.index(2)).encode(into: &writer, sequence: 2)
        let before = writer.bytes
        writer.requestAcknowledgement(at: second)
        let changed = zip(before, writer.bytes).enumerated().filter { $0.element.0 != $0.element.1 }
        #expect(changed.map(\.offset) == [second + 6])
        #expect(writer.bytes[second + 6] == 5)
    }
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

func bytes(_ lines: String...) -> [UInt8] {
    lines.flatMap { $0.split(separator: " ") }.compactMap { UInt8($0, radix: 16) }
}
