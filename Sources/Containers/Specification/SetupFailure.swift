/// Why a container or process could not be started, told from inside of it.
public struct SetupFailure: Error, Hashable, Sendable {
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
    }

    public var kind: Kind
    public var call: String
    public var subject: String
    public var errno: Int32

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
