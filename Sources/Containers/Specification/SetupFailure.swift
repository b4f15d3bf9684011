/// Why a container or process could not be started, told from inside of it.
public struct SetupFailure: Error, Hashable, Sendable {
    /// What kind of failure it is, and what the other properties mean.
    public enum Kind: UInt8, Hashable, Sendable {
        /// The kernel refused a step: `call`, `subject`, `errno`.
        case systemCall
        /// `subject` is not in the container (or, run on the host, not on it).
        case commandNotFound
        /// `subject` is there but can't be executed: `errno`.
        case commandNotExecutable
        /// `subject` is not in the container's /etc/passwd or /etc/group.
        case userUnknown
        /// The host's path `subject` can't be mounted: `errno`.
        case bindSource
        /// `subject`, a path in the container, is no place for a mount: `call` says why.
        case mountTarget
        /// No container of the name `subject` runs.
        case noSuchContainer
        /// A filter for system calls could not be made: `call` says why.
        case filter
        /// `subject`, a user or group of the container, has no counterpart on the host: the caller's subordinate ids do
        /// not reach that far, or there are none.
        case userUnmapped
    }

    /// What went wrong.
    public var kind: Kind
    /// The system call, or the reason, by kind.
    public var call: String
    /// What it was about, by kind.
    public var subject: String
    /// The kernel's error number, by kind; 0: none.
    public var errno: Int32

    /// Takes each property; see there.
    public init(_ kind: Kind, call: String = "", subject: String = "", errno: Int32 = 0) {
        self.kind = kind
        self.call = call
        self.subject = subject
        self.errno = errno
    }
}

extension SetupFailure: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(kind.rawValue)
        writer.write(call)
        writer.write(subject)
        writer.write(errno)
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard let kind = Kind(rawValue: try reader.read()) else { throw WireError() }
        self.init(kind, call: try reader.read(), subject: try reader.read(), errno: try reader.read())
    }
}
