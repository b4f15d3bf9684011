import CLinux
import Glibc
import LinuxKernel

/// A request that the kernel did not carry out.
struct Refusal {
    let sequence: UInt32
    let errno: CInt
    let explanation: String?

    /// Reads an `NLMSG_ERROR` message; `nil` for one that is too short.
    ///
    /// `errno` is 0 in an acknowledgement.
    init?(_ message: ReceivedMessage) {
        guard let body = message.body(nlmsgerr.self) else { return nil }
        sequence = body.msg.nlmsg_seq
        errno = -body.error
        // With NETLINK_CAP_ACK the attributes follow the copy of the request's header at once.
        let hasAttributes = message.header.nlmsg_flags & UInt16(NLM_F_ACK_TLVS) != 0
        let attributes = hasAttributes ? message.attributes(after: MemoryLayout<nlmsgerr>.size) : nil
        explanation = attributes?.first { $0.type == Int(NLMSGERR_ATTR_MSG.rawValue) }?.text
    }
}

extension Session {
    /// Sends a datagram to the kernel.
    func send(_ bytes: [UInt8], operation: @autoclosure () -> String) throws(NetlinkError) {
        do throws(SystemCallError) {
            try checked("send", "AF_NETLINK") { Glibc.send(socket.rawValue, bytes, bytes.count, 0) }
        } catch {
            throw NetlinkError(.socket(error), operation: operation())
        }
    }

    /// Takes answers up to the one to the request with number `sequence`; returns the first refusal.
    func collect(until sequence: UInt32, operation: @autoclosure () -> String) throws(NetlinkError) -> Refusal? {
        var refusal: Refusal?
        var isComplete = false
        while !isComplete {
            try receive(capacity: 8192, operation: operation()) { (message) throws(NetlinkError) in
                guard message.type == Int(NLMSG_ERROR) else { return }
                guard let answer = Refusal(message) else {
                    throw NetlinkError(.malformedAnswer, operation: operation())
                }
                if answer.errno != 0, refusal == nil { refusal = answer }
                if answer.sequence == sequence { isComplete = true }
            }
        }
        return refusal
    }

    /// Takes one datagram, which must be there already, and gives its messages to `body`.
    ///
    /// - Parameter capacity: Bytes; the kernel sizes the datagrams of a list by it, up to 32 KiB.
    func receive(
        capacity: Int, operation: @autoclosure () -> String, _ body: (ReceivedMessage) throws(NetlinkError) -> Void
    ) throws(NetlinkError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
        defer { buffer.deallocate() }
        let length: Int
        do throws(SystemCallError) {
            length = try checked("recv", "AF_NETLINK") {
                // With MSG_TRUNC the length is the datagram's, even where that is longer than the buffer.
                recv(
                    socket.rawValue, buffer.baseAddress, capacity,
                    CInt(MSG_DONTWAIT) | CInt(MSG_TRUNC))
            }
        } catch {
            throw NetlinkError(error.errno == EAGAIN ? .noAnswer : .socket(error), operation: operation())
        }
        guard length <= capacity else { throw NetlinkError(.malformedAnswer, operation: operation()) }
        var messages = MessageSequence(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
        while let message = messages.next() { try body(message) }
        if messages.isMalformed { throw NetlinkError(.malformedAnswer, operation: operation()) }
    }
}
