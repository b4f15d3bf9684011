import Addresses
import CLinux

// linux/fib_rules.h, which declares a type that linux/rtnetlink.h does not need.
private let ruleDestination = 1
private let ruleSource = 2
private let ruleIncoming = 3
private let rulePriority = 6
private let actionLookUp: UInt8 = 1
private let actionUnreachable: UInt8 = 7

extension RoutingRule {
    /// Appends the request to add the rule. Its header has the layout of `struct rtmsg`, with the action as the type.
    func encode(into writer: inout MessageWriter, sequence: UInt32) {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        switch action {
        case .lookUp(let table):
            header.rtm_table = table
            header.rtm_type = actionLookUp
        case .refuse: header.rtm_type = actionUnreachable
        }
        if source != nil { header.rtm_src_len = 32 }
        if destination != nil { header.rtm_dst_len = 32 }
        let flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL
        writer.message(Int(RTM_NEWRULE), flags: flags, sequence: sequence, body: header) {
            if let destination { $0.attribute(ruleDestination, destination.rawValue.bigEndian) }
            if let source { $0.attribute(ruleSource, source.rawValue.bigEndian) }
            if let incoming { $0.attribute(ruleIncoming, incoming.description) }
            $0.attribute(rulePriority, priority)
        }
    }
}

// linux/neighbour.h
private let tableName = 1
private let tableParameters = 6
private let parametersInterface = 1
private let parametersProgramProbes = 9

/// Appends the request to set a parameter of an interface in the kernel's table of IPv4 neighbours.
func encodeNeighbourNotices(
    interface: Int32, count: UInt32, into writer: inout MessageWriter, sequence: UInt32
) {
    // struct ndtmsg: the family, then padding to four bytes.
    let header = UInt32(AF_INET).littleEndian
    writer.message(Int(RTM_SETNEIGHTBL), flags: NLM_F_REQUEST, sequence: sequence, body: header) {
        $0.attribute(tableName, "arp_cache")
        $0.nest(tableParameters) {
            $0.attribute(parametersInterface, UInt32(bitPattern: interface))
            $0.attribute(parametersProgramProbes, count)
        }
    }
}

extension Neighbour {
    /// Appends the request to set the entry, in place of one that there is.
    func encode(into writer: inout MessageWriter, sequence: UInt32) {
        var header = ndmsg()
        header.ndm_family = UInt8(AF_INET)
        header.ndm_ifindex = interface
        header.ndm_state = UInt16(NUD_PERMANENT)
        let flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE
        writer.message(Int(RTM_NEWNEIGH), flags: flags, sequence: sequence, body: header) {
            $0.attribute(Int(NDA_DST), address.rawValue.bigEndian)
            $0.attribute(Int(NDA_LLADDR), bytes: hardwareAddress.bytes)
        }
    }
}
