import Addresses
import Testing

@Suite("IPv4 addresses")
struct IPv4AddressTests {
    @Test(
        "dotted decimal is read and written",
        arguments: [("0.0.0.0", 0 as UInt32), ("127.0.0.1", 0x7f00_0001), ("255.255.255.255", 0xffff_ffff)])
    func roundTrip(text: String, value: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.rawValue == value)
        #expect(address.description == text)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", "a.b.c.d", "1..2.3",
        ])
    func invalid(text: String) { #expect(IPv4Address(text) == nil) }

    @Test("hosts are numbered from 1 and the broadcast address is none")
    func hosts() {
        let network = IPv4Network(containing: IPv4Address(10, 213, 7, 9), prefixLength: 30)
        #expect(network.description == "10.213.7.8/30")
        #expect(network.host(0) == nil)
        #expect(network.host(1) == IPv4Address(10, 213, 7, 9))
        #expect(network.host(2) == IPv4Address(10, 213, 7, 10))
        #expect(network.host(3) == nil)
        #expect(network.broadcast == IPv4Address(10, 213, 7, 11))
    }

    @Test(
        "a network contains what shares its prefix",
        arguments: [(0, true), (8, true), (16, false), (32, false)])
    func contains(prefixLength: Int, expected: Bool) {
        let network = IPv4Network(containing: IPv4Address(10, 1, 2, 3), prefixLength: prefixLength)
        #expect(network.contains(IPv4Address(10, 2, 0, 1)) == expected)
    }
}
