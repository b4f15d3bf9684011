import Addresses
import CLinux

extension Request {
    /// Appends the request as one rtnetlink(7) message.
    func encode(into writer: inout MessageWriter, sequence: UInt32) {
        switch self {
        case .createBridge(let bridge): bridge.encode(into: &writer, sequence: sequence)
        case .createVeth(let pair): pair.encode(into: &writer, sequence: sequence)
        case .change(let link, let change): change.encode(of: link, into: &writer, sequence: sequence)
        case .delete(let link):
            writer.message(RTM_DELLINK, flags: NLM_F_REQUEST, sequence: sequence, body: link.header()) {
                link.encodeName(into: &$0)
            }
        case .addAddress(let address): address.encode(into: &writer, sequence: sequence)
        case .addRoute(let route): route.encode(into: &writer, sequence: sequence)
        case .addRule(let rule): rule.encode(into: &writer, sequence: sequence)
        case .setNeighbour(let neighbour): neighbour.encode(into: &writer, sequence: sequence)
        case .setNeighbourNotices(let interface, let count):
            encodeNeighbourNotices(interface: interface, count: count, into: &writer, sequence: sequence)
        case .addAddress6(let address): address.encode(into: &writer, sequence: sequence)
        case .addDefaultRoute6(let gateway, let interface):
            encodeDefaultRoute6(via: gateway, interface: interface, into: &writer, sequence: sequence)
        }
    }
}

private let create = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL

private func linkHeader(index: Int32 = 0, isUp: Bool? = nil) -> ifinfomsg {
    let flag = UInt32(IFF_UP)
    return ifinfomsg(
        ifi_family: UInt8(AF_UNSPEC), __ifi_pad: 0, ifi_type: 0, ifi_index: index,
        ifi_flags: isUp == true ? flag : 0, ifi_change: isUp == nil ? 0 : flag)
}

extension LinkReference {
    fileprivate func header(isUp: Bool? = nil) -> ifinfomsg {
        if case .index(let index) = self { linkHeader(index: index, isUp: isUp) } else { linkHeader(isUp: isUp) }
    }

    fileprivate func encodeName(into writer: inout MessageWriter) {
        if case .name(let name) = self { writer.attribute(IFLA_IFNAME, name.description) }
    }
}

extension Bridge {
    fileprivate func encode(into writer: inout MessageWriter, sequence: UInt32) {
        let header = linkHeader(index: index ?? 0, isUp: isUp ? true : nil)
        writer.message(RTM_NEWLINK, flags: create, sequence: sequence, body: header) { link in
            link.attribute(IFLA_IFNAME, name.description)
            if let address { link.attribute(IFLA_ADDRESS, bytes: address.bytes) }
            if let mtu { link.attribute(IFLA_MTU, mtu) }
            link.nest(IFLA_LINKINFO) { $0.attribute(IFLA_INFO_KIND, "bridge") }
        }
    }
}

extension VethPair {
    fileprivate func encode(into writer: inout MessageWriter, sequence: UInt32) {
        let header = linkHeader(index: end.index ?? 0, isUp: isUp ? true : nil)
        writer.message(RTM_NEWLINK, flags: create, sequence: sequence, body: header) { link in
            end.encodeAttributes(into: &link, mtu: mtu)
            if let bridge { link.attribute(IFLA_MASTER, UInt32(bitPattern: bridge)) }
            link.nest(IFLA_LINKINFO) { info in
                info.attribute(IFLA_INFO_KIND, "veth")
                info.nest(IFLA_INFO_DATA) { data in
                    data.attribute(Int(VETH_INFO_PEER)) { peerData in
                        peerData.append(linkHeader(index: peer.index ?? 0))
                        peer.encodeAttributes(into: &peerData, mtu: mtu)
                        peerNamespace?.encode(into: &peerData)
                    }
                }
            }
        }
    }
}

extension VethEnd {
    fileprivate func encodeAttributes(into writer: inout MessageWriter, mtu: UInt32?) {
        writer.attribute(IFLA_IFNAME, name.description)
        if let address { writer.attribute(IFLA_ADDRESS, bytes: address.bytes) }
        if let mtu { writer.attribute(IFLA_MTU, mtu) }
        // One queue each: the default is one for each processor, with an object in sysfs for each.
        writer.attribute(IFLA_NUM_TX_QUEUES, 1)
        writer.attribute(IFLA_NUM_RX_QUEUES, 1)
    }
}

extension NamespaceReference {
    fileprivate func encode(into writer: inout MessageWriter) {
        switch self {
        case .process(let process): writer.attribute(IFLA_NET_NS_PID, UInt32(bitPattern: process))
        case .descriptor(let descriptor): writer.attribute(IFLA_NET_NS_FD, UInt32(bitPattern: descriptor))
        }
    }
}

extension LinkChange {
    fileprivate func encode(of link: LinkReference, into writer: inout MessageWriter, sequence: UInt32) {
        let header = link.header(isUp: isUp)
        writer.message(RTM_SETLINK, flags: NLM_F_REQUEST, sequence: sequence, body: header) {
            link.encodeName(into: &$0)
            if let mtu { $0.attribute(IFLA_MTU, mtu) }
            if let bridge { $0.attribute(IFLA_MASTER, UInt32(bitPattern: bridge)) }
        }
    }
}

extension InterfaceAddress {
    fileprivate func encode(into writer: inout MessageWriter, sequence: UInt32) {
        let header = ifaddrmsg(
            ifa_family: UInt8(AF_INET), ifa_prefixlen: UInt8(prefixLength), ifa_flags: 0,
            ifa_scope: UInt8(RT_SCOPE_UNIVERSE.rawValue), ifa_index: UInt32(bitPattern: interface))
        writer.message(RTM_NEWADDR, flags: create, sequence: sequence, body: header) {
            $0.attribute(IFA_LOCAL, address.rawValue.bigEndian)
            $0.attribute(IFA_ADDRESS, address.rawValue.bigEndian)
            if let broadcast { $0.attribute(IFA_BROADCAST, broadcast.rawValue.bigEndian) }
        }
    }
}

extension Route {
    fileprivate func encode(into writer: inout MessageWriter, sequence: UInt32) {
        let scope = gateway == nil && !isUnreachable ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE
        let header = rtmsg(
            rtm_family: UInt8(AF_INET), rtm_dst_len: UInt8(destination?.prefixLength ?? 0), rtm_src_len: 0, rtm_tos: 0,
            rtm_table: table, rtm_protocol: UInt8(RTPROT_BOOT), rtm_scope: UInt8(scope.rawValue),
            rtm_type: UInt8(isUnreachable ? RTN_UNREACHABLE : RTN_UNICAST), rtm_flags: 0)
        writer.message(RTM_NEWROUTE, flags: create, sequence: sequence, body: header) {
            if let destination { $0.attribute(Int(RTA_DST.rawValue), destination.base.rawValue.bigEndian) }
            if let gateway { $0.attribute(Int(RTA_GATEWAY.rawValue), gateway.rawValue.bigEndian) }
            if let interface { $0.attribute(Int(RTA_OIF.rawValue), UInt32(bitPattern: interface)) }
        }
    }
}

/// `IFA_F_NODAD`: nobody else can have an address that the plan gave out.
private let noDuplicateDetection: UInt8 = 0x02

extension InterfaceAddress6 {
    fileprivate func encode(into writer: inout MessageWriter, sequence: UInt32) {
        let header = ifaddrmsg(
            ifa_family: UInt8(AF_INET6), ifa_prefixlen: UInt8(prefixLength), ifa_flags: noDuplicateDetection,
            ifa_scope: UInt8(RT_SCOPE_UNIVERSE.rawValue), ifa_index: UInt32(bitPattern: interface))
        writer.message(RTM_NEWADDR, flags: create, sequence: sequence, body: header) {
            $0.attribute(IFA_LOCAL, bytes: address.octets)
            $0.attribute(IFA_ADDRESS, bytes: address.octets)
        }
    }
}

private func encodeDefaultRoute6(
    via gateway: IPv6Address, interface: Int32, into writer: inout MessageWriter, sequence: UInt32
) {
    let header = rtmsg(
        rtm_family: UInt8(AF_INET6), rtm_dst_len: 0, rtm_src_len: 0, rtm_tos: 0,
        rtm_table: UInt8(RT_TABLE_MAIN.rawValue), rtm_protocol: UInt8(RTPROT_BOOT),
        rtm_scope: UInt8(RT_SCOPE_UNIVERSE.rawValue), rtm_type: UInt8(RTN_UNICAST), rtm_flags: 0)
    writer.message(RTM_NEWROUTE, flags: create, sequence: sequence, body: header) {
        $0.attribute(Int(RTA_GATEWAY.rawValue), bytes: gateway.octets)
        $0.attribute(Int(RTA_OIF.rawValue), UInt32(bitPattern: interface))
    }
}
