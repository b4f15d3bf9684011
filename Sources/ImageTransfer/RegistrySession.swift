import CLinux
import Glibc
import LinuxKernel
import OCI
import RegistryProtocol
import Synchronization

/// A helper process that speaks to one registry.
///
/// Methods block, and may be called from several threads at once. The process ends with the object, and with this one.
public final class RegistrySession: Sendable {
    /// A manifest or index as a registry has it.
    public struct Fetched: Hashable, Sendable {
        /// As they were sent.
        public var bytes: [UInt8]
        /// One of ``MediaType``.
        public var mediaType: String
        /// Of the bytes.
        public var digest: Digest
    }

    /// How a request goes on.
    fileprivate enum Answer: Sendable {
        case reply(RegistryReply.Content)
        case gone
    }

    private struct State {
        var lastID = 0
        var waiting: [Int: Mailbox<Answer>] = [:]
        var isGone = false
    }

    private let socket: ControlSocket
    private let process: pid_t
    private let state = Mutex(State())
    private let notice: @Sendable (String) -> Void

    /// Starts a helper and has it prepare for a registry.
    ///
    /// - Parameter notice: Gets sentences about what is waited for, on another thread.
    /// - Throws: ``RegistryError``: `helper`, `configuration`.
    public static func open(
        _ options: SessionOptions, notice: @escaping @Sendable (String) -> Void
    ) throws(RegistryError) -> RegistrySession {
        let session = try RegistrySession(notice: notice)
        _ = try session.request(.open(options))
        return session
    }

    /// Keeps a registry's credentials, or forgets them where there is no password.
    ///
    /// - Returns: Where they are kept, and whether there are, or were, any.
    public static func keepCredentials(
        registry: String, username: String, password: String?
    ) throws(RegistryError) -> (place: String, wasKnown: Bool) {
        let session = try RegistrySession(notice: { _ in })
        let outcome = try session.request(
            .keepCredentials(registry: registry, username: username, password: password))
        return (outcome.place ?? "", outcome.isPresent ?? false)
    }

    private init(notice: @escaping @Sendable (String) -> Void) throws(RegistryError) {
        let path = try HelperProgram.path()
        do {
            let (mine, its) = try PacketSocket.pair()
            socket = ControlSocket(adopting: OwnedDescriptor(adopting: mine))
            let other = OwnedDescriptor(adopting: its)
            process = try HelperProgram.spawn(path, socket: other.rawValue)
        } catch {
            throw RegistryError(.helper, "the registry helper can't be started: \(error)")
        }
        self.notice = notice
        do {
            try WorkThread { [weak self, socket] in Self.listen(socket) { self?.deliver($0) } }.detach()
        } catch {
            throw RegistryError(.helper, error.description)
        }
    }

    deinit {
        socket.shutDown()
        // It ends at once by itself; a signal for one that does not.
        kill(process, SIGKILL)
        var status: CInt = 0
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
    }

    private static func listen(_ socket: ControlSocket, _ deliver: (RegistryReply?) -> Void) {
        do {
            while let (reply, descriptors) = try socket.receive(RegistryReply.self) {
                for descriptor in descriptors { close(descriptor) }
                deliver(reply)
            }
        } catch {
            // An answer that is none: as if there were nobody.
        }
        deliver(nil)
    }

    private func deliver(_ reply: RegistryReply?) {
        guard let reply else {
            let waiting = state.withLock { state in
                state.isGone = true
                return state.waiting.values.map(\.self)
            }
            for mailbox in waiting { mailbox.put(.gone) }
            return
        }
        if case .notice(let text) = reply.content { return notice(text) }
        state.withLock { $0.waiting[reply.id] }?.put(.reply(reply.content))
    }

    /// Asks, gives descriptors along, and waits for the end.
    func request(
        _ operation: RegistryRequest.Operation, descriptors: [CInt] = [], progress: (Int64) -> Void = { _ in }
    ) throws(RegistryError) -> RegistryReply.Outcome {
        let pending = try begin(operation, descriptors: descriptors)
        return try finish(pending, progress: progress)
    }

    /// A request that has been sent.
    struct Pending {
        fileprivate var id: Int
        fileprivate var mailbox: Mailbox<Answer>
    }

    func begin(
        _ operation: RegistryRequest.Operation, descriptors: [CInt]
    ) throws(RegistryError) -> Pending {
        let mailbox = Mailbox<Answer>()
        let id = state.withLock { state -> Int? in
            guard !state.isGone else { return nil }
            state.lastID += 1
            state.waiting[state.lastID] = mailbox
            return state.lastID
        }
        guard let id else { throw Self.gone }
        try socket.send(RegistryRequest(id: id, operation: operation), descriptors: descriptors)
        return Pending(id: id, mailbox: mailbox)
    }

    func finish(
        _ pending: Pending, progress: (Int64) -> Void = { _ in }
    ) throws(RegistryError) -> RegistryReply.Outcome {
        defer { state.withLock { $0.waiting[pending.id] = nil } }
        while true {
            switch pending.mailbox.take() {
            case .gone: throw Self.gone
            case .reply(.done(let outcome)): return outcome
            case .reply(.failed(let error)): throw error
            case .reply(.progress(let bytes)): progress(bytes)
            case .reply(.notice(let text)): notice(text)
            }
        }
    }

    /// Forgets a request whose answer is of no interest any more.
    func abandon(_ pending: Pending) { state.withLock { $0.waiting[pending.id] = nil } }

    /// Ends the session from any thread; whoever waits for an answer gets an error.
    public func cancel() { socket.shutDown() }

    private static var gone: RegistryError {
        RegistryError(.helper, "the registry helper ended unexpectedly", remedy: "try again; if it persists, report it")
    }
}
