import Glibc
import LinuxKernel

/// A command's connection to the monitor of an environment; its calls wait.
public struct ControlClient: ~Copyable {
    /// Why the monitor can't be spoken with.
    public enum Failure: Error, Hashable, Sendable {
        /// Nobody listens.
        case noMonitor
        /// The socket is another user's.
        case foreign
        /// It speaks another version of the messages.
        case incompatible(release: String, monitor: pid_t)
        /// It has ended before its last answer.
        case lost
        /// What it says can't be read.
        case invalid
    }

    private let socket: PacketSocket
    /// The monitor's process.
    public let monitor: pid_t

    /// The file of a monitor's socket in its runtime directory.
    public static func path(in directory: String) -> String { "\(directory)/control" }

    /// Connects to the monitor that has a runtime directory.
    ///
    /// - Throws: ``Failure``; ``SystemCallError``.
    public init(directory: String) throws {
        let connection: OwnedDescriptor
        do throws(SystemCallError) {
            connection = try LocalSocket.connect(to: Self.path(in: directory))
        } catch {
            guard [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.errno) else { throw error }
            throw Failure.noMonitor
        }
        let peer = try LocalSocket.peer(of: connection.rawValue)
        // Whoever can take the place of a monitor could have commands run things as their caller.
        guard peer.user == geteuid() || peer.user == 0 else { throw Failure.foreign }
        monitor = peer.process
        socket = PacketSocket(adopting: connection)
    }

    /// The connection, for waiting until there is something to read or the monitor has gone.
    public var descriptor: CInt { socket.descriptor.rawValue }

    /// Asks.
    public func call(_ request: ControlRequest, release: String, descriptors: [CInt] = []) throws {
        do {
            try ControlCoding.send(
                try ControlCoding.encode(ControlCall(request, release: release)), descriptors: descriptors, over: socket
            )
        } catch let error as SystemCallError where error.errno == EPIPE {
            throw Failure.lost
        }
    }

    /// Says something further.
    public func note(_ note: ControlNote) throws {
        try ControlCoding.send(try ControlCoding.encode(note), over: socket)
    }

    /// The next answer.
    ///
    /// - Throws: ``ControlFailure`` where the request has failed; ``Failure``.
    public func next() throws -> ControlReply {
        let message: (bytes: [UInt8], descriptors: [SharedDescriptor])?
        do {
            message = try ControlCoding.receive(over: socket, waits: true)
        } catch let error as SystemCallError where error.errno == ECONNRESET {
            throw Failure.lost
        }
        guard let message else { throw Failure.lost }
        let reply: ControlReply
        do {
            reply = try ControlCoding.decode(message.bytes)
        } catch {
            throw Failure.invalid
        }
        switch reply {
        case .failed(let failure): throw failure
        case .incompatible(_, let release): throw Failure.incompatible(release: release, monitor: monitor)
        default: return reply
        }
    }

    /// Asks and takes all answers up to the last.
    ///
    /// - Returns: The exit code for the command.
    public func perform(
        _ request: ControlRequest, release: String, descriptors: [CInt] = [],
        each: (ControlReply) throws -> Void = { _ in }
    ) throws -> Int32 {
        try call(request, release: release, descriptors: descriptors)
        while true {
            let reply = try next()
            if case .done(let code) = reply { return code }
            try each(reply)
        }
    }
}
