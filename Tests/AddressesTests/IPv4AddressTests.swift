import Testing

@testable import Addresses

@Suite("An IPv4 address")
struct IPv4AddressTests {
    @Test(
        "is read from dotted decimal",
        arguments: [
            ("0.0.0.0", 0), ("10.213.0.1", 0x0ad5_0001), ("255.255.255.255", UInt32.max),
        ])
    func parses(text: String, value: UInt32) {
        #expect(IPv4Address(text)?.rawValue == value)
        #expect(IPv4Address(rawValue: value).description == text)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", "1..2.3", " 1.2.3.4", "1.2.3.4 ", "+1.2.3.4",
            "-1.2.3.4", "1.2.3.x", "٣.2.3.4", "::1",
        ])
    func refuses(text: String) { #expect(IPv4Address(text) == nil) }

    @Test("has its bytes in network order")
    func octets() { #expect(IPv4Address(10, 0, 2, 1).octets == [10, 0, 2, 1]) }

    @Test("is ordered as a number")
    func order() { #expect(IPv4Address(9, 255, 255, 255) < IPv4Address(10, 0, 0, 0)) }
}

@Suite("An IPv4 network")
struct IPv4NetworkTests {
    @Test(
        "starts at the address without its host bits",
        arguments: [
            (16, "10.213.0.0/16", "10.213.255.255"), (24, "10.213.7.0/24", "10.213.7.255"),
            (32, "10.213.7.9/32", "10.213.7.9"), (0, "0.0.0.0/0", "255.255.255.255"),
        ])
    func base(prefixLength: Int, text: String, broadcast: String) {
        let network = IPv4Network(containing: IPv4Address(10, 213, 7, 9), prefixLength: prefixLength)
        #expect(network.description == text)
        #expect(network.broadcast.description == broadcast)
        #expect(network.contains(IPv4Address(10, 213, 7, 9)))
    }

    @Test(
        "gives hosts between the base and the broadcast address",
        arguments: [
            (-1, nil), (0, nil), (1, "10.0.0.1"), (254, "10.0.0.254"), (255, nil), (256, nil),
        ])
    func hosts(number: Int, address: String?) {
        let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 24)
        #expect(network.host(number)?.description == address)
    }

    @Test("has no hosts where two addresses or one are all", arguments: [31, 32])
    func tiny(prefixLength: Int) {
        let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: prefixLength)
        #expect((0...3).allSatisfy { network.host($0) == nil })
    }

    @Test("knows what is outside")
    func contains() {
        let network = IPv4Network(containing: IPv4Address(10, 1, 0, 0), prefixLength: 16)
        #expect(!network.contains(IPv4Address(10, 2, 0, 0)))
        #expect(!network.contains(IPv4Address(9, 1, 0, 0)))
    }
}
