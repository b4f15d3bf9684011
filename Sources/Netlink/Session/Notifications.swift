import Addresses
import CLinux
import Glibc
import LinuxKernel

/// What the kernel tells unasked about one network namespace.
///
/// A socket stays with the namespace in which it was opened.
public struct Notifications: ~Copyable {
    /// What is told.
    public enum Subject: Sendable {
        /// A neighbour's hardware address is wanted and a program may know it (`app_solicit` of arp(7)).
        case wantedNeighbours
        /// Routes are added, changed or removed.
        case routes
    }

    private let socket: OwnedDescriptor

    /// Readable when there is something to tell.
    public var descriptor: CInt { socket.rawValue }

    /// Subscribes in the network namespace that the calling thread is in.
    public init(_ subject: Subject) throws(SystemCallError) {
        socket = try Self.open(subject)
    }

    private static func open(_ subject: Subject) throws(SystemCallError) -> OwnedDescriptor {
        let type = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = OwnedDescriptor(
            adopting: try checked("socket") { Glibc.socket(AF_NETLINK, type, NETLINK_ROUTE) })
        let number = socket.rawValue
        if case .wantedNeighbours = subject { try keepOnly(type: Int(RTM_GETNEIGH), number) }
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        switch subject {
        case .wantedNeighbours: address.nl_groups = UInt32(RTMGRP_NEIGH)
        case .routes: address.nl_groups = UInt32(RTMGRP_IPV4_ROUTE)
        }
        try checked("bind", "AF_NETLINK") {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(number, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
        return socket
    }

    /// Drops every other type of message before it wakes anybody (`SO_ATTACH_FILTER` of socket(7)).
    private static func keepOnly(type: Int, _ socket: CInt) throws(SystemCallError) {
        // The filter reads numbers in network order, netlink(7) writes them in the host's.
        let wanted = UInt32(UInt16(type).bigEndian)
        var program = [
            sock_filter(code: UInt16(BPF_LD | BPF_H | BPF_ABS), jt: 0, jf: 0, k: 4),
            sock_filter(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jt: 0, jf: 1, k: wanted),
            sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: UInt32.max),
            sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: 0),
        ]
        try program.withUnsafeMutableBufferPointer { instructions throws(SystemCallError) in
            var filter = sock_fprog(len: UInt16(instructions.count), filter: instructions.baseAddress)
            try checked("setsockopt", "SO_ATTACH_FILTER") {
                setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, socklen_t(MemoryLayout<sock_fprog>.size))
            }
        }
    }

    /// Takes what there is, without waiting; whether an address was among the neighbours that are wanted.
    public func wants(_ address: IPv4Address) throws(SystemCallError) -> Bool {
        var isWanted = false
        try drain { message in
            guard message.type == Int(RTM_GETNEIGH) else { return }
            for attribute in message.attributes(after: MemoryLayout<ndmsg>.size)
            where attribute.type == Int(NDA_DST) {
                if attribute.number(UInt32.self) == address.rawValue.bigEndian { isWanted = true }
            }
        }
        return isWanted
    }

    /// Takes what there is, without waiting; whether a default route was added.
    public func hasDefaultRoute() throws(SystemCallError) -> Bool {
        var isThere = false
        try drain { message in
            guard let route = Route(message) else { return }
            if route.destination == nil, route.gateway != nil { isThere = true }
        }
        return isThere
    }

    private func drain(_ body: (ReceivedMessage) -> Void) throws(SystemCallError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 8)
        defer { buffer.deallocate() }
        let number = socket.rawValue
        while true {
            let length: Int
            do throws(SystemCallError) {
                length = try checked("recv", "AF_NETLINK") {
                    recv(number, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
                }
            } catch {
                // ENOBUFS: some were lost, which is no reason to miss those that follow.
                if error.errno == ENOBUFS { continue }
                if error.errno == EAGAIN { return }
                throw error
            }
            var messages = MessageSequence(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
            while let message = messages.next() { body(message) }
        }
    }
}
