import CLinux

/// One message of a datagram that the kernel sent.
struct ReceivedMessage {
    let header: nlmsghdr
    /// What follows the header: the fixed part and the attributes.
    let payload: Slice<UnsafeRawBufferPointer>

    var type: Int { Int(header.nlmsg_type) }

    /// The fixed part, or `nil` where the message is too short for it.
    func body<Body: BitwiseCopyable>(_: Body.Type) -> Body? {
        guard payload.count >= MemoryLayout<Body>.size else { return nil }
        return payload.base.loadUnaligned(fromByteOffset: payload.startIndex, as: Body.self)
    }

    /// The attributes after a fixed part of `size` bytes.
    func attributes(after size: Int) -> AttributeSequence {
        let aligned = aligned(size, to: Int(NLMSG_ALIGNTO))
        return AttributeSequence(bytes: payload.dropFirst(aligned))
    }
}

/// The messages of a datagram, in order; ends early, with ``isMalformed`` set, at a length that cannot be.
struct MessageSequence: Sequence, IteratorProtocol {
    private var rest: Slice<UnsafeRawBufferPointer>
    private(set) var isMalformed = false

    init(_ datagram: UnsafeRawBufferPointer) { rest = datagram[...] }

    mutating func next() -> ReceivedMessage? {
        guard !rest.isEmpty, !isMalformed else { return nil }
        let headerSize = MemoryLayout<nlmsghdr>.size
        guard rest.count >= headerSize else {
            isMalformed = true
            return nil
        }
        let header = rest.base.loadUnaligned(fromByteOffset: rest.startIndex, as: nlmsghdr.self)
        let length = Int(header.nlmsg_len)
        guard length >= headerSize, length <= rest.count else {
            isMalformed = true
            return nil
        }
        let payload = rest.prefix(length).dropFirst(headerSize)
        rest = rest.dropFirst(aligned(length, to: Int(NLMSG_ALIGNTO)))
        return ReceivedMessage(header: header, payload: payload)
    }
}

/// The attributes of a message or of an attribute, in order; ends at a length that cannot be.
struct AttributeSequence: Sequence, IteratorProtocol {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(bytes: Slice<UnsafeRawBufferPointer>) { rest = bytes }

    mutating func next() -> Attribute? {
        let headerSize = MemoryLayout<nlattr>.size
        guard rest.count >= headerSize else { return nil }
        let header = rest.base.loadUnaligned(fromByteOffset: rest.startIndex, as: nlattr.self)
        let length = Int(header.nla_len)
        guard length >= headerSize, length <= rest.count else { return nil }
        let payload = rest.prefix(length).dropFirst(headerSize)
        rest = rest.dropFirst(aligned(length, to: Int(NLMSG_ALIGNTO)))
        return Attribute(type: Int(header.nla_type) & ~Int(NLA_F_NESTED | NLA_F_NET_BYTEORDER), payload: payload)
    }
}

/// A type and its value.
struct Attribute {
    let type: Int
    let payload: Slice<UnsafeRawBufferPointer>

    /// The value as a number in the host's byte order, or `nil` where it is not as long as one.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Number? {
        guard payload.count == MemoryLayout<Number>.size else { return nil }
        return payload.base.loadUnaligned(fromByteOffset: payload.startIndex, as: Number.self)
    }

    /// The value as text, without the zero byte at its end.
    var text: String { String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self) }

    /// The attributes inside.
    var nested: AttributeSequence { AttributeSequence(bytes: payload) }
}

private func aligned(_ length: Int, to unit: Int) -> Int { (length + unit - 1) & ~(unit - 1) }
