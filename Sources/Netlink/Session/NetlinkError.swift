import Glibc
import LinuxKernel

/// A network configuration that the kernel refused, or could not be asked for.
public struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// The kernel's error number, and its own explanation where it gave one (netlink(7), `NETLINK_EXT_ACK`).
        case refused(errno: CInt, explanation: String?)
        /// The socket itself failed.
        case socket(SystemCallError)
        /// An answer that is no netlink message.
        case malformedAnswer
        /// No answer, although the kernel answers before sendmsg(2) returns.
        case noAnswer
        /// The configuration kept changing while it was listed.
        case keepsChanging
    }

    /// What went wrong.
    public var kind: Kind
    /// What was asked for, in words that complete "cannot": `create bridge br0`.
    public var operation: String

    /// Takes the values as they are.
    public init(_ kind: Kind, operation: String) {
        self.kind = kind
        self.operation = operation
    }

    /// The kernel's error number, where there is one.
    public var errno: CInt? {
        switch kind {
        case .refused(let errno, _): errno
        case .socket(let error): error.errno
        case .malformedAnswer, .noAnswer, .keepsChanging: nil
        }
    }

    /// For messages.
    public var description: String {
        switch kind {
        case .refused(let errno, let explanation):
            "cannot \(operation): \(SystemCallError(call: "netlink", errno: errno, subject: "").reason)"
                + (explanation.map { " (\($0))" } ?? "")
        case .socket(let error): "cannot \(operation): \(error)"
        case .malformedAnswer: "cannot \(operation): the kernel's answer is malformed"
        case .noAnswer: "cannot \(operation): no answer from the kernel"
        case .keepsChanging: "cannot \(operation): the configuration keeps changing"
        }
    }
}
