import Addresses
import Testing

@testable import Netlink

@Suite("Decoding of answers")
struct DecodingTests {
    private func messages<Result>(_ bytes: [UInt8], _ body: ([ReceivedMessage], Bool) -> Result) -> Result {
        bytes.withUnsafeBytes { buffer in
            var sequence = MessageSequence(buffer)
            var messages: [ReceivedMessage] = []
            while let message = sequence.next() { messages.append(message) }
            return body(messages, sequence.isMalformed)
        }
    }

    static let link = bytes(
        "5c 00 00 00 10 00 02 00 07 00 00 00 00 00 00 00",  // nlmsghdr: RTM_NEWLINK, multi
        "00 00 01 00 05 00 00 00 41 00 00 00 00 00 00 00",  // ifinfomsg: index 5, up and running
        "07 00 03 00 68 30 00 00",  // IFLA_IFNAME "h0"
        "08 00 04 00 78 05 00 00",  // IFLA_MTU 1400
        "0a 00 01 00 02 42 0a 00 00 01 00 00",  // IFLA_ADDRESS
        "08 00 0a 00 02 00 00 00",  // IFLA_MASTER 2
        "10 00 12 00",  // IFLA_LINKINFO
        "09 00 01 00 76 65 74 68 00 00 00 00",  // IFLA_INFO_KIND "veth"
        "08 00 ff 3f 00 00 00 00")  // of a type that nobody knows yet

    @Test("a link is read with what is known of it")
    func readsLink() throws {
        let link = try #require(messages(Self.link) { messages, _ in messages.first.flatMap(Link.init) })
        #expect(link.index == 5)
        #expect(link.name == "h0")
        #expect(link.isUp && link.isRunning)
        #expect(link.mtu == 1400)
        #expect(link.address == HardwareAddress(for: IPv4Address(10, 0, 0, 1)))
        #expect(link.bridge == 2)
        #expect(link.kind == "veth")
    }

    @Test("a datagram cut anywhere gives no message, no trap", arguments: 1..<92)
    func cutDatagram(length: Int) {
        messages(Array(Self.link.prefix(length))) { messages, isMalformed in
            #expect(messages.isEmpty)
            #expect(isMalformed)
        }
    }

    @Test("lengths that cannot be end the reading", arguments: [0, 3, 4, 15, 0xFFFF] as [UInt16])
    func impossibleAttributeLength(length: UInt16) {
        var datagram = Self.link
        datagram[32] = UInt8(truncatingIfNeeded: length)
        datagram[33] = UInt8(length >> 8)
        messages(datagram) { messages, isMalformed in
            #expect(!isMalformed)
            #expect(messages.count == 1)
            // Whatever is read, the walk over the attributes ends.
            #expect(messages.flatMap { $0.attributes(after: 16).map(\.type) }.count < 15)
        }
    }

    @Test("a refusal carries the kernel's explanation")
    func refusal() throws {
        let datagram = bytes(
            "34 00 00 00 02 00 00 03 07 00 00 00 00 00 00 00",  // nlmsghdr: NLMSG_ERROR, capped, with attributes
            "ea ff ff ff",  // -EINVAL
            "28 00 00 00 10 00 05 00 07 00 00 00 00 00 00 00",  // the request's header
            "0d 00 01 00 6e 6f 74 20 74 68 69 73 00 00 00 00")  // NLMSGERR_ATTR_MSG "not this"
        let refusal = try #require(messages(datagram) { messages, _ in messages.first.flatMap(Refusal.init) })
        #expect(refusal.sequence == 7)
        #expect(refusal.errno == 22)
        #expect(refusal.explanation == "not this")
        let error = NetlinkError(.refused(errno: 22, explanation: refusal.explanation), operation: "do it")
        #expect(error.description == "cannot do it: Invalid argument (not this)")
    }

    @Test("an acknowledgement is no refusal")
    func acknowledgement() throws {
        let datagram = bytes(
            "24 00 00 00 02 00 00 01 07 00 00 00 00 00 00 00", "00 00 00 00",
            "28 00 00 00 10 00 05 00 07 00 00 00 00 00 00 00")
        let answer = try #require(messages(datagram) { messages, _ in messages.first.flatMap(Refusal.init) })
        #expect(answer.errno == 0)
        #expect(answer.explanation == nil)
    }
}

@Suite("Names and hardware addresses")
struct NameTests {
    @Test("names that the kernel takes", arguments: ["a", "eth0", "veth0123456789a", "br-0_x", "å"])
    func valid(name: String) {
        #expect(InterfaceName(name)?.description == name)
    }

    @Test(
        "names that the kernel refuses",
        arguments: ["", ".", "..", "a/b", "a b", "a:b", "sixteen-bytes-xx", "a\n", "a\0"])
    func invalid(name: String) {
        #expect(InterfaceName(name) == nil)
    }

    @Test("a hardware address follows from the IP address")
    func hardwareAddress() {
        #expect("\(HardwareAddress(for: IPv4Address(10, 89, 0, 2)))" == "02:42:0a:59:00:02")
        #expect(HardwareAddress(bytes: [1, 2, 3]) == nil)
    }
}
