import CLinux
import Glibc
import LinuxKernel

/// Gives everything that leaves a network namespace the address of the interface through which it leaves.
///
/// One table with one chain and one rule of nf_tables(7), in the calling thread's network namespace; nothing is
/// removed, since the rules go with the namespace.
public enum Masquerade {
    // linux/netfilter/nfnetlink.h and nf_tables.h, which are no part of what CLinux shows.
    private static let protocolNumber: CInt = 12
    private static let subsystem: UInt16 = 10
    private static let batchBegin = 16
    private static let batchEnd = 17
    private static let newTable = 10 << 8 | 0
    private static let newChain = 10 << 8 | 3
    private static let newRule = 10 << 8 | 6
    /// After the interface of a packet that leaves is known (`NF_INET_POST_ROUTING`), where source addresses are set.
    private static let postRouting: UInt32 = 4
    private static let sourcePriority: UInt32 = 100

    /// `struct nfgenmsg`
    private struct Header {
        var family: UInt8
        var version: UInt8 = 0
        var resource: UInt16 = 0
    }

    /// - Throws: ``NetlinkError``: `EOPNOTSUPP` or `ENOENT` where the kernel has no nf_tables with masquerading.
    public static func install() throws(NetlinkError) {
        let operation = "masquerade what leaves the environment"
        do throws(SystemCallError) {
            let type = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            let socket = OwnedDescriptor(
                adopting: try checked("socket", "NETLINK_NETFILTER") {
                    Glibc.socket(AF_NETLINK, type, protocolNumber)
                })
            let bytes = batch()
            let number = socket.rawValue
            try checked("send", "NETLINK_NETFILTER") { send(number, bytes, bytes.count, 0) }
            let refusal = try answer(number)
            if refusal != 0 {
                throw SystemCallError(call: "nf_tables", errno: refusal, subject: "masquerade")
            }
        } catch {
            throw NetlinkError(.socket(error), operation: operation)
        }
    }

    /// Table, chain and rule in one transaction: all of them come about, or none.
    static func batch() -> [UInt8] {
        var writer = MessageWriter(capacity: 512)
        let boundary = Header(family: UInt8(AF_UNSPEC), resource: subsystem.bigEndian)
        let header = Header(family: UInt8(AF_INET))
        writer.message(batchBegin, flags: NLM_F_REQUEST, sequence: 0, body: boundary)
        writer.message(newTable, flags: NLM_F_REQUEST | NLM_F_CREATE, sequence: 1, body: header) {
            $0.attribute(1, "harness")
        }
        writer.message(newChain, flags: NLM_F_REQUEST | NLM_F_CREATE, sequence: 2, body: header) { chain in
            chain.attribute(1, "harness")
            chain.attribute(3, "egress")
            chain.nest(4) { hook in
                hook.attribute(1, postRouting.bigEndian)
                hook.attribute(2, sourcePriority.bigEndian)
            }
            chain.attribute(7, "nat")
        }
        let flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK
        writer.message(newRule, flags: flags, sequence: 3, body: header) { rule in
            rule.attribute(1, "harness")
            rule.attribute(2, "egress")
            rule.nest(4) { expressions in
                expressions.nest(1) { expression in
                    expression.attribute(1, "masq")
                    expression.nest(2) { _ in }
                }
            }
        }
        writer.message(batchEnd, flags: NLM_F_REQUEST, sequence: 4, body: boundary)
        return writer.bytes
    }

    /// The first refusal's error number, or 0 once the rule has been acknowledged.
    private static func answer(_ socket: CInt) throws(SystemCallError) -> CInt {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 8)
        defer { buffer.deallocate() }
        while true {
            let length = try checked("recv", "NETLINK_NETFILTER") {
                recv(socket, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
            }
            var messages = MessageSequence(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
            while let message = messages.next() {
                guard message.type == Int(NLMSG_ERROR), let refusal = Refusal(message) else { continue }
                if refusal.errno != 0 || refusal.sequence == 3 { return refusal.errno }
            }
        }
    }
}
