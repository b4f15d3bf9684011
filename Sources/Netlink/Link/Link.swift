import Addresses
import CLinux

/// An interface as the kernel lists it.
public struct Link: Hashable, Sendable {
    /// Its number in its network namespace.
    public var index: Int32
    /// Its name.
    public var name: String
    /// Administratively up.
    public var isUp: Bool
    /// Able to carry packets: up, and so is its far end.
    public var isRunning: Bool
    /// Bytes.
    public var mtu: UInt32
    /// `nil` where it has none of six bytes.
    public var address: HardwareAddress?
    /// The index of the bridge that it is a port of.
    public var bridge: Int32?
    /// `bridge`, `veth`…; `nil` for physical interfaces and loopback.
    public var kind: String?

    /// Reads an `RTM_NEWLINK` message; `nil` for another.
    init?(_ message: ReceivedMessage) {
        guard message.type == RTM_NEWLINK, let body = message.body(ifinfomsg.self) else { return nil }
        index = body.ifi_index
        isUp = body.ifi_flags & UInt32(IFF_UP) != 0
        isRunning = body.ifi_flags & UInt32(IFF_RUNNING) != 0
        name = ""
        mtu = 0
        for attribute in message.attributes(after: MemoryLayout<ifinfomsg>.size) {
            switch attribute.type {
            case IFLA_IFNAME: name = attribute.text
            case IFLA_MTU: mtu = attribute.number(UInt32.self) ?? 0
            case IFLA_ADDRESS: address = HardwareAddress(bytes: attribute.payload)
            case IFLA_MASTER: bridge = attribute.number(Int32.self)
            case IFLA_LINKINFO: kind = attribute.nested.first { $0.type == IFLA_INFO_KIND }?.text
            default: break
            }
        }
    }
}

extension InterfaceAddress {
    /// Reads an `RTM_NEWADDR` message; `nil` for another, and for another protocol than IPv4.
    init?(_ message: ReceivedMessage) {
        guard message.type == RTM_NEWADDR, let body = message.body(ifaddrmsg.self), body.ifa_family == UInt8(AF_INET)
        else { return nil }
        var local: IPv4Address?
        var broadcast: IPv4Address?
        for attribute in message.attributes(after: MemoryLayout<ifaddrmsg>.size) {
            switch attribute.type {
            case IFA_LOCAL: local = attribute.ipv4Address
            case IFA_BROADCAST: broadcast = attribute.ipv4Address
            default: break
            }
        }
        guard let local else { return nil }
        self.init(
            interface: Int32(bitPattern: body.ifa_index), address: local, prefixLength: Int(body.ifa_prefixlen),
            broadcast: broadcast)
    }
}

extension Route {
    /// Reads an `RTM_NEWROUTE` message; `nil` for another, and for one that is not in the main IPv4 table.
    init?(_ message: ReceivedMessage) {
        guard message.type == RTM_NEWROUTE, let body = message.body(rtmsg.self), body.rtm_family == UInt8(AF_INET),
            body.rtm_table == UInt8(RT_TABLE_MAIN.rawValue), body.rtm_dst_len <= 32
        else { return nil }
        self.init()
        for attribute in message.attributes(after: MemoryLayout<rtmsg>.size) {
            switch attribute.type {
            case Int(RTA_DST.rawValue):
                destination = attribute.ipv4Address.map {
                    IPv4Network(containing: $0, prefixLength: Int(body.rtm_dst_len))
                }
            case Int(RTA_GATEWAY.rawValue): gateway = attribute.ipv4Address
            case Int(RTA_OIF.rawValue): interface = attribute.number(Int32.self)
            default: break
            }
        }
    }
}

extension Attribute {
    fileprivate var ipv4Address: IPv4Address? {
        number(UInt32.self).map { IPv4Address(rawValue: UInt32(bigEndian: $0)) }
    }
}
