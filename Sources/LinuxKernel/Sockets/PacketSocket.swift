import CLinux
import Glibc

/// One end of a pair of connected sockets that carry whole messages and, with them, descriptors.
///
/// `SOCK_SEQPACKET` of unix(7): a message arrives whole or not at all, and the end of the stream is seen when the
/// other side has closed or died.
public struct PacketSocket: ~Copyable, Sendable {
    /// What a message carried.
    public struct Message {
        /// At most ``maximumSize`` bytes.
        public var bytes: [UInt8]
        /// Close on execve(2); the receiver's to close.
        public var descriptors: [CInt]
    }

    /// Bytes a message may have: well below the default of /proc/sys/net/core/wmem_default (208 KiB).
    public static let maximumSize = 96 << 10
    /// Descriptors a message may carry (the kernel's limit is 253).
    public static let maximumDescriptors = 32

    /// The socket.
    public let descriptor: OwnedDescriptor

    /// Takes over a socket.
    public init(adopting descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Two ends that are connected to each other.
    ///
    /// The corresponding system call is `socketpair(2)`.
    public static func pair() throws(SystemCallError) -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        try checked("socketpair") { socketpair(AF_UNIX, type, 0, &ends) }
        return (ends[0], ends[1])
    }

    /// Sends one message.
    ///
    /// - Parameter waits: Whether to wait where the other side's queue is full. When both sides do, neither goes on.
    /// - Throws: ``SystemCallError``: `EPIPE` when the other side is gone, `EAGAIN` where the queue is full and the call
    ///   must not wait.
    public func send(
        _ bytes: [UInt8], descriptors: [CInt] = [], waits: Bool = true
    ) throws(SystemCallError) {
        precondition(bytes.count <= Self.maximumSize && descriptors.count <= Self.maximumDescriptors)
        let socket = descriptor.rawValue
        let options = CInt(MSG_NOSIGNAL) | (waits ? 0 : CInt(MSG_DONTWAIT))
        let length = descriptors.count * MemoryLayout<CInt>.size
        var control = [UInt8](repeating: 0, count: descriptors.isEmpty ? 0 : clinux_cmsg_space(length))
        try checked("sendmsg") {
            control.withUnsafeMutableBytes { control in
                bytes.withUnsafeBytes { bytes in
                    var vector = iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        if !descriptors.isEmpty {
                            message.msg_control = control.baseAddress
                            message.msg_controllen = control.count
                            let header = clinux_cmsg_firsthdr(&message)
                            header?.pointee.cmsg_level = SOL_SOCKET
                            // SCM_RIGHTS
                            header?.pointee.cmsg_type = 1
                            header?.pointee.cmsg_len = clinux_cmsg_len(length)
                            descriptors.withUnsafeBytes { source in
                                if let address = source.baseAddress {
                                    memcpy(clinux_cmsg_data(header), address, length)
                                }
                            }
                        }
                        return sendmsg(socket, &message, options)
                    }
                }
            }
        }
    }

    /// Receives one message; `nil` at the end of the stream.
    ///
    /// - Parameter waits: Whether to wait for one.
    /// - Throws: ``SystemCallError``: `EAGAIN` where there is none and the call must not wait, `EMSGSIZE` where the
    ///   message was cut.
    public func receive(waits: Bool = true) throws(SystemCallError) -> Message? {
        let socket = descriptor.rawValue
        var received: [CInt] = []
        var flags: CInt = 0
        var count = 0
        let space = clinux_cmsg_space(Self.maximumDescriptors * MemoryLayout<CInt>.size)
        var failure: SystemCallError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.maximumSize) { buffer, initialized in
            withUnsafeTemporaryAllocation(byteCount: space, alignment: 8) { control in
                var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    let options = CInt(MSG_CMSG_CLOEXEC) | (waits ? 0 : CInt(MSG_DONTWAIT))
                    do throws(SystemCallError) {
                        count = try checked("recvmsg") { recvmsg(socket, &message, options) }
                        flags = message.msg_flags
                        received = Self.descriptors(of: &message)
                    } catch {
                        failure = error
                    }
                }
            }
            initialized = count
        }
        if let failure { throw failure }
        if flags & CInt(MSG_TRUNC | MSG_CTRUNC) != 0 {
            for descriptor in received { close(descriptor) }
            throw SystemCallError(call: "recvmsg", errno: EMSGSIZE, subject: "")
        }
        return count == 0 ? nil : Message(bytes: bytes, descriptors: received)
    }

    private static func descriptors(of message: inout msghdr) -> [CInt] {
        var result: [CInt] = []
        var header = clinux_cmsg_firsthdr(&message)
        while let current = header {
            if current.pointee.cmsg_level == SOL_SOCKET, current.pointee.cmsg_type == 1,
                let data = clinux_cmsg_data(current)
            {
                let count = (current.pointee.cmsg_len - clinux_cmsg_len(0)) / MemoryLayout<CInt>.size
                for index in 0..<count {
                    result.append(data.loadUnaligned(fromByteOffset: index * MemoryLayout<CInt>.size, as: CInt.self))
                }
            }
            header = clinux_cmsg_nxthdr(&message, current)
        }
        return result
    }
}
