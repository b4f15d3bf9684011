import CLinux

/// Lays out netlink messages one after the other, as netlink(7) and rtnetlink(7) describe them.
///
/// Lengths and paddings are written in one place each: a header or an attribute is opened, filled by a closure, and
/// its length set when the closure returns. All numbers are in the host's byte order, addresses in network order.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Appends a message: header, fixed part, then what `attributes` writes.
    mutating func message<Body: BitwiseCopyable>(
        _ type: Int, flags: Int32, sequence: UInt32, body: Body, attributes: (inout MessageWriter) -> Void = { _ in }
    ) {
        let start = bytes.count
        let header = nlmsghdr(
            nlmsg_len: 0, nlmsg_type: UInt16(type), nlmsg_flags: UInt16(flags), nlmsg_seq: sequence, nlmsg_pid: 0)
        append(header)
        append(body)
        pad()
        attributes(&self)
        withUnsafeBytes(of: UInt32(bytes.count - start)) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    }

    /// Asks for an answer to the message that begins at `offset`, whatever becomes of it.
    mutating func requestAcknowledgement(at offset: Int) {
        // nlmsg_flags is the 16-bit number at offset 6; NLM_F_ACK is in its low byte.
        let flags = offset + (MemoryLayout<nlmsghdr>.offset(of: \.nlmsg_flags) ?? 6)
        let position = 1.littleEndian == 1 ? flags : flags + 1
        bytes[position] |= UInt8(NLM_F_ACK)
    }

    /// Appends an attribute whose payload is what `payload` writes.
    mutating func attribute(_ type: Int, payload: (inout MessageWriter) -> Void) {
        let start = bytes.count
        append(nlattr(nla_len: 0, nla_type: UInt16(type)))
        payload(&self)
        withUnsafeBytes(of: UInt16(bytes.count - start)) { bytes.replaceSubrange(start..<start + 2, with: $0) }
        pad()
    }

    /// Appends an attribute that holds only attributes.
    mutating func nest(_ type: Int, attributes: (inout MessageWriter) -> Void) {
        attribute(type | Int(NLA_F_NESTED), payload: attributes)
    }

    /// Appends a number.
    mutating func attribute(_ type: Int, _ value: UInt32) {
        attribute(type) { $0.append(value) }
    }

    /// Appends a text, with the zero byte that the kernel's string attributes end in.
    mutating func attribute(_ type: Int, _ text: String) {
        attribute(type) {
            $0.bytes.append(contentsOf: text.utf8)
            $0.bytes.append(0)
        }
    }

    /// Appends bytes as they are.
    mutating func attribute(_ type: Int, bytes payload: [UInt8]) {
        attribute(type) { $0.bytes.append(contentsOf: payload) }
    }

    /// Appends a value as it lies in memory.
    mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    private mutating func pad() {
        while bytes.count % Int(NLMSG_ALIGNTO) != 0 { bytes.append(0) }
    }
}
