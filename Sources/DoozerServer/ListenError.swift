import Glibc
import NIOCore

/// A server cannot listen where it was told to.
public struct ListenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where.
    public var address: ServerAddress
    /// What the system says.
    public var reason: String

    /// One sentence for people.
    public var description: String {
        "cannot listen on \(address.host.isEmpty ? "all interfaces" : address.host), port \(address.port): \(reason)"
    }

    /// Says what NIO threw in the system's words, or `nil` if it is about something else.
    init?(_ address: ServerAddress, _ error: any Error) {
        self.address = address
        switch error {
        case let error as IOError:
            reason = String(cString: strerror(error.errnoCode))
        case let error as SocketAddressError.UnknownHost:
            reason = error.errorDescription
        default:
            return nil
        }
    }
}
