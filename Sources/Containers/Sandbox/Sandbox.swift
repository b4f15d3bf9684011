import Addresses
import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// An isolated place for containers, held together by a launcher that this process has started.
///
/// When it is closed, or this process dies in whatever way, the kernel kills every process in it and frees its mounts
/// and networks. All methods run on the event loop it was opened on.
public final class ContainerSandbox: Sendable {
    /// The launcher has died, and everything with it.
    public struct Lost: Error {
        /// Takes each property; see there.
        public init() {}
    }

    private let connection: SandboxConnection
    private let launcher: (pid: pid_t, descriptor: SharedDescriptor)
    private let mapped: MappedProcess?
    private let loop: EventLoop
    private let sockets: SocketPool
    private let isKilled = Mutex(false)
    private let isClosed = Mutex(false)
    private let identityRefusal = Mutex<String?>(nil)
    private let openFailure = OpenFailure()

    private init(
        _ connection: SandboxConnection, launcher: (pid: pid_t, descriptor: SharedDescriptor),
        mapped: MappedProcess?, on loop: EventLoop
    ) {
        self.connection = connection
        self.launcher = launcher
        self.mapped = mapped
        self.loop = loop
        sockets = SocketPool(connection)
    }

    /// Takes over a launcher.
    ///
    /// - Throws: ``SystemCallError`` where its socket can't be watched.
    public static func adopt(
        _ launcher: LauncherProcess, on loop: EventLoop
    ) throws(SystemCallError) -> ContainerSandbox {
        let connection = try SandboxConnection(adopting: launcher.socket, on: loop)
        let descriptor = SharedDescriptor(OwnedDescriptor(adopting: launcher.descriptor))
        return ContainerSandbox(
            connection, launcher: (launcher.pid, descriptor), mapped: launcher.mapped, on: loop)
    }

    /// Starts a launcher and takes it over.
    ///
    /// - Throws: ``SystemCallError``: `EPERM` from clone3 without CAP_SYS_ADMIN.
    public static func launch(on loop: EventLoop) throws(SystemCallError) -> ContainerSandbox {
        try adopt(try LauncherProcess.start(), on: loop)
    }

    /// Has the network and the scratch space made. Once, before everything else.
    ///
    /// It returns at once: the launcher answers in the order of asking, and the first question can be made up meanwhile.
    /// What fails there is thrown by whatever is asked next.
    ///
    /// - Throws: ``SystemCallError`` where the launcher could not enter its user namespace.
    public func open(_ configuration: SandboxConfiguration) throws(SystemCallError) {
        let refusal = try mapped?.confirm()
        identityRefusal.withLock { $0 = refusal }
        connection.post(.open(configuration)) { [openFailure] answer in
            switch answer {
            case .success((.failed(let failure), _)): openFailure.note(failure)
            case .success, .failure(is SandboxConnection.Lost): break
            case .failure(let error): openFailure.note(error)
            }
        }
    }

    /// Why the sandbox could not be opened, in which case every other question is refused.
    private final class OpenFailure: Sendable {
        private let error = Mutex<(any Error)?>(nil)

        func note(_ error: any Error) { self.error.withLock { $0 = error } }

        func check() throws { if let error = error.withLock({ $0 }) { throw error } }
    }

    /// Without privileges, once it is open: why containers have no other user than root, in words; `nil`: they have.
    public var refusalOfIdentities: String? { identityRefusal.withLock { $0 } }

    /// Sets who hears what has less effect than expected: a sentence without full stop.
    public func onNotice(_ body: @escaping @Sendable (String) -> Void) { connection.onNotice(body) }

    /// Sets who hears that the launcher has died by itself, or was killed.
    public func onLoss(_ body: @escaping @Sendable () -> Void) { connection.onLoss(body) }

    /// Starts a container.
    ///
    /// - Parameter streams: Its standard input, output and error; copied.
    /// - Throws: ``SetupFailure``; ``Lost``.
    public func start(_ container: ContainerSpecification, streams: [CInt]) async throws -> SandboxProcess {
        try await ask(.start(container), descriptors: streams)
    }

    /// Starts a process in a running container with the given standard streams.
    public func execute(
        _ process: ProcessSpecification, in container: String, streams: [CInt]
    ) async throws -> SandboxProcess {
        try await ask(.execute(container: container, process), descriptors: streams)
    }

    /// Starts a process on the host's file system, in the sandbox's network, with the given standard streams.
    public func runOnHost(
        _ process: ProcessSpecification, hosts: String, resolverConfiguration: String, needsNameServer: Bool,
        streams: [CInt]
    ) async throws -> SandboxProcess {
        let request = Request.runOnHost(
            process, hosts: hosts, resolverConfiguration: resolverConfiguration, needsNameServer: needsNameServer)
        return try await ask(request, descriptors: streams)
    }

    /// Kills every process of a container; no error where it is gone.
    public func kill(container: String) async throws {
        do {
            _ = try await perform(.kill(container: container))
        } catch let failure as SetupFailure where failure.kind == .noSuchContainer {
            return
        }
    }

    /// Whether a path exists in a running container.
    public func exists(_ path: String, in container: String) async throws -> Bool {
        guard case .exists(let exists) = try await perform(.exists(container: container, path: path)) else {
            throw Lost()
        }
        return exists
    }

    /// Takes away what a container that has ended has written, its control groups, and volumes of the sandbox.
    public func remove(container: String, volumes: [String] = []) async throws {
        _ = try await perform(.remove(container: container, volumes: volumes))
    }

    /// Whether a container's first process would notice a signal: what it neither catches nor blocks, the kernel drops.
    public func notices(_ signal: CInt, in container: String) async throws -> Bool {
        guard case .exists(let notices) = try await perform(.notices(container: container, signal: signal)) else {
            throw Lost()
        }
        return notices
    }

    /// Stops all processes of a container where they are (cgroups(7), freezer), or lets them go on.
    public func setFrozen(_ isFrozen: Bool, container: String) async throws {
        _ = try await perform(.freeze(container: container, isFrozen: isFrozen))
    }

    /// Has names lead to other addresses in /etc/hosts of every container that runs, but for these.
    public func moveNames(_ moves: [AddressMove], except containers: [String]) async throws {
        _ = try await perform(.moveNames(moves, except: containers))
    }

    /// The root directory that the processes of a running container see, for looking only (`O_PATH`).
    ///
    /// Every path below it is the container's to choose: resolve it beneath the root (openat2(2), `RESOLVE_IN_ROOT`).
    ///
    /// - Throws: ``SetupFailure``; ``Lost``.
    public func root(of container: String) async throws -> OwnedDescriptor {
        do {
            let (reply, received) = try await connection.ask(.root(container: container))
            guard case .opened = reply, received.count == 1 else {
                for descriptor in received { Glibc.close(descriptor) }
                if case .failed(let failure) = reply { throw failure }
                throw Lost()
            }
            return OwnedDescriptor(adopting: received[0])
        } catch is SandboxConnection.Lost {
            throw Lost()
        }
    }

    /// A stream that is connected to an address inside of the sandbox.
    ///
    /// - Throws: ``SystemCallError``: `ECONNREFUSED`, `ETIMEDOUT` after `timeout`, ….
    public func connect(to address: IPv4Address, port: UInt16, timeout: Duration) async throws -> SocketStream {
        let socket = try await sockets.take()
        return try await SocketStream.connect(socket, to: address, port: port, timeout: timeout, on: loop)
    }

    /// A socket in the sandbox's network namespace, not blocking; the caller's to close.
    func socket(type: CInt) async throws -> OwnedDescriptor {
        type == CInt(SOCK_STREAM.rawValue) ? try await sockets.take() : try await sockets.take(type: type)
    }

    /// Whether the launcher has died by itself, or was killed: whatever ended then did not end of its own accord.
    public var wasLost: Bool { connection.wasDropped }

    /// Kills everything, without waiting: there is half a millisecond for other work before ``close()``. Safe to call
    /// twice.
    public func kill() throws {
        let wasKilled = isKilled.withLock { killed in
            defer { killed = true }
            return killed
        }
        if wasKilled { return }
        connection.close()
        try sendSignal(SIGKILL, to: launcher.descriptor.rawValue)
    }

    /// Kills everything and waits until the last process is gone. Safe to call twice.
    ///
    /// The kernel takes mounts and interfaces apart on its own, without anybody waiting for it.
    public func close() async throws {
        let wasClosed = isClosed.withLock { closed in
            defer { closed = true }
            return closed
        }
        if wasClosed { return }
        try kill()
        try await loop.ready(launcher.descriptor.rawValue, for: .readable)
        _ = try ProcessExit.collect(launcher.pid)
    }

    private func perform(_ request: Request, descriptors: [CInt] = []) async throws -> Reply {
        do {
            return try await connection.perform(request, descriptors: descriptors)
        } catch is SandboxConnection.Lost {
            throw Lost()
        } catch {
            try openFailure.check()
            throw error
        }
    }

    /// Asks for a process to be started.
    private func ask(_ request: Request, descriptors: [CInt]) async throws -> SandboxProcess {
        do {
            let (reply, received) = try await connection.ask(request, descriptors: descriptors)
            let sockets = received.map { SharedDescriptor(OwnedDescriptor(adopting: $0)) }
            if case .failed(let failure) = reply {
                try openFailure.check()
                throw failure
            }
            guard case .started(let process, let warnings) = reply else { throw Lost() }
            return SandboxProcess(
                identifier: process, warnings: warnings, nameServerSockets: sockets, connection: connection)
        } catch is SandboxConnection.Lost {
            throw Lost()
        }
    }
}

/// A process that the launcher started.
public struct SandboxProcess: Sendable {
    let identifier: UInt32
    /// What the host did not give.
    public let warnings: [String]
    /// For datagrams and for streams, both not blocking; empty where none were asked for.
    let nameServerSockets: [SharedDescriptor]
    private let connection: SandboxConnection
    private let memory: Memory

    /// Lets its end be forgotten once nobody can ask for it: an environment that stays up starts many processes.
    private final class Memory: Sendable {
        private let identifier: UInt32
        private let connection: SandboxConnection

        init(_ identifier: UInt32, _ connection: SandboxConnection) {
            self.identifier = identifier
            self.connection = connection
        }

        deinit { connection.forget(identifier) }
    }

    init(
        identifier: UInt32, warnings: [String], nameServerSockets: [SharedDescriptor] = [],
        connection: SandboxConnection
    ) {
        self.identifier = identifier
        self.warnings = warnings
        self.nameServerSockets = nameServerSockets
        self.connection = connection
        memory = Memory(identifier, connection)
    }

    /// Waits for its end; `nil` where it ended with the sandbox.
    public func wait() async -> (exit: ProcessExit, oomKilled: Bool)? {
        switch await connection.end(of: identifier) {
        case .ended(let exit, let oomKilled): (exit, oomKilled)
        case .lost: nil
        }
    }

    /// Sends it a signal; no error where it has ended.
    public func send(signal: CInt) async throws {
        do {
            _ = try await connection.perform(.signal(process: identifier, number: signal))
        } catch is SandboxConnection.Lost {
            return
        }
    }
}
