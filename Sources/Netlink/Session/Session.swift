import CLinux
import Glibc
import LinuxKernel

/// A conversation with the kernel about the network configuration of one network namespace.
///
/// A socket stays with the namespace in which it was opened, whatever its owner enters later. The kernel carries out
/// each request and queues the answer before sendmsg(2) returns, so nothing here ever waits.
public struct Session: ~Copyable {
    let socket: OwnedDescriptor
    private var lastSequence: UInt32 = 0

    /// Opens a session with the network namespace that the calling thread is in.
    public init() throws(NetlinkError) {
        socket = try Self.openSocket()
    }

    private static func openSocket() throws(NetlinkError) -> OwnedDescriptor {
        do throws(SystemCallError) {
            let socket = OwnedDescriptor(
                adopting: try checked("socket", "AF_NETLINK") {
                    Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
                })
            // Errors explain themselves, and do not repeat the request.
            let descriptor = socket.rawValue
            for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK] {
                var on: CInt = 1
                try checked("setsockopt", "SOL_NETLINK") {
                    setsockopt(descriptor, SOL_NETLINK, CInt(option), &on, socklen_t(MemoryLayout<CInt>.size))
                }
            }
            return socket
        } catch {
            throw NetlinkError(.socket(error), operation: "configure the network")
        }
    }

    /// Opens a session with another network namespace, which the calling thread enters for that moment.
    ///
    /// - Parameters:
    ///   - namespace: An open `/proc/PID/ns/net`.
    ///   - own: The same of the caller's own namespace.
    /// - Throws: ``NetlinkError``. Should the way back fail, the thread is still in `namespace`.
    public static func open(in namespace: CInt, returningTo own: CInt) throws(NetlinkError) -> Session {
        try enter(namespace)
        let result: Result<Void, NetlinkError>
        var session: Session?
        do throws(NetlinkError) {
            session = try Session()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try enter(own)
        try result.get()
        guard let opened = session.take() else { throw NetlinkError(.noAnswer, operation: "configure the network") }
        return opened
    }

    private static func enter(_ namespace: CInt) throws(NetlinkError) {
        do throws(SystemCallError) {
            try Namespaces.network.enter(namespace)
        } catch {
            throw NetlinkError(.socket(error), operation: "enter a network namespace")
        }
    }

    /// Carries out requests in order, all in one system call where they fit into one datagram.
    ///
    /// The kernel does not stop at a request that it refuses: those after it are carried out where they can be. The
    /// caller that wants none of them removes what the others created.
    ///
    /// - Throws: The first refusal, with the kernel's explanation.
    public mutating func run(_ requests: [Request]) throws(NetlinkError) {
        var next = 0
        while next < requests.count {
            next = try runDatagram(requests, from: next)
        }
    }

    /// Carries out one request.
    public mutating func run(_ request: Request) throws(NetlinkError) { try run([request]) }

    /// Sends as many requests as fit into a datagram; returns the position of the first that did not.
    private mutating func runDatagram(_ requests: [Request], from first: Int) throws(NetlinkError) -> Int {
        // Below the send buffer's default bound (212,992 bytes), beyond which the kernel answers EMSGSIZE.
        let bound = 65536
        var writer = MessageWriter(capacity: min(bound, 256 * (requests.count - first)))
        var next = first
        var lastMessage = 0
        let firstSequence = lastSequence &+ 1
        while next < requests.count, writer.bytes.count < bound {
            lastMessage = writer.bytes.count
            lastSequence &+= 1
            requests[next].encode(into: &writer, sequence: lastSequence)
            next += 1
        }
        // Refusals are always answered. One acknowledgement, of the last, tells that there are no more of them.
        writer.requestAcknowledgement(at: lastMessage)
        try send(writer.bytes, operation: requests[first].description)
        if let refusal = try collect(until: lastSequence, operation: requests[first].description) {
            let failed = requests[first + Int(refusal.sequence &- firstSequence)]
            throw NetlinkError(
                .refused(errno: refusal.errno, explanation: refusal.explanation), operation: failed.description)
        }
        return next
    }

    /// Gives the next number by which an answer is told from another.
    mutating func nextSequence() -> UInt32 {
        lastSequence &+= 1
        return lastSequence
    }
}
