import Addresses
import CLinux
import Glibc
import LinuxKernel

/// The sockets on which a container's name server is asked: made in its network namespace, served elsewhere.
enum NameServerSockets {
    /// Docker's address for it.
    static let address = IPv4Address(127, 0, 0, 11)
    static let port: UInt16 = 53

    /// Makes both in the calling thread's network namespace: for datagrams, and listening for streams.
    static func make() throws(SystemCallError) -> [CInt] {
        let datagrams = try socket(type: CInt(SOCK_DGRAM.rawValue))
        try startLoopback(datagrams.rawValue)
        try bind(datagrams.rawValue)
        let streams = try socket(type: CInt(SOCK_STREAM.rawValue))
        let listener = streams.rawValue
        try bind(listener)
        try checked("listen", "\(address):\(port)") { listen(listener, 128) }
        return [datagrams.release(), streams.release()]
    }

    private static func socket(type: CInt) throws(SystemCallError) -> OwnedDescriptor {
        let flags = type | CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        return OwnedDescriptor(adopting: try checked("socket") { Glibc.socket(AF_INET, flags, 0) })
    }

    private static func bind(_ socket: CInt) throws(SystemCallError) {
        try checked("bind", "\(address):\(port)") {
            address.withSocketAddress(port: port) { Glibc.bind(socket, $0, $1) }
        }
    }

    /// Has the loopback interface up (netdevice(7)).
    ///
    /// Before anything is bound to an address of it: to one that the kernel does not know yet it would bind, but answers
    /// would go out from another.
    private static func startLoopback(_ socket: CInt) throws(SystemCallError) {
        // struct ifreq: 16 bytes for the name, then a union whose first 16 bits are the flags.
        var request = [UInt8](repeating: 0, count: 40)
        request[0] = UInt8(ascii: "l")
        request[1] = UInt8(ascii: "o")
        request[16] = UInt8(IFF_UP)
        try checked("ioctl", "lo") { clinux_ioctl(socket, UInt(SIOCSIFFLAGS), &request) }
    }
}
