import Addresses
import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// A port of the host that leads into the sandbox.
///
/// It listens on the host and connects inside; no rule of the host's firewall is involved, and the target can be
/// changed while connections are open: new ones go to the new one.
public final class PortForwarder: Sendable {
    /// Where connections go.
    public struct Target: Hashable, Sendable {
        /// The interface's address.
        public var address: IPv4Address
        /// The port number.
        public var port: UInt16

        /// Takes each property; see there.
        public init(address: IPv4Address, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// How long a connection inside may take to come about; the host's side is closed then.
    private static let connectTimeout: Duration = .seconds(10)

    /// How long nothing must have been said on a connection that has been answered.
    private static let quiet: Duration = .milliseconds(100)
    private static let settlingInterval: Duration = .milliseconds(5)

    private struct State {
        var target: Target
        var watch: EventLoop.Watch?
        var relays: [ObjectIdentifier: (relay: StreamRelay, target: Target)] = [:]
        /// Connections that are just made, by where to.
        var connecting: [Target: Int] = [:]
        var isClosed = false
    }

    /// The port that is listened on.
    public let port: UInt16
    private let listener: OwnedDescriptor
    private let sandbox: ContainerSandbox
    private let loop: EventLoop
    private let state: Mutex<State>

    private init(
        listener: consuming OwnedDescriptor, port: UInt16, target: Target, sandbox: ContainerSandbox, loop: EventLoop
    ) {
        self.listener = listener
        self.port = port
        self.sandbox = sandbox
        self.loop = loop
        state = Mutex(State(target: target))
    }

    /// Listens on the host.
    ///
    /// - Parameter port: 0 for any free one.
    /// - Throws: ``SystemCallError``: `EADDRINUSE`, `EACCES` for ports below 1024 without the right, `EADDRNOTAVAIL`.
    public static func open(
        hostAddress: IPAddress, port: UInt16, to target: Target, in sandbox: ContainerSandbox, on loop: EventLoop
    ) throws(SystemCallError) -> PortForwarder {
        let listener = try HostSocket.listening(type: SOCK_STREAM, for: hostAddress)
        let number = listener.rawValue
        var on: CInt = 1
        // Connections of an earlier run in TIME_WAIT don't hold the port.
        try checked("setsockopt") {
            setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        let name = "\(hostAddress.hostDescription):\(port)"
        try checked("bind", name) { hostAddress.withSocketAddress(port: port) { bind(number, $0, $1) } }
        try checked("listen", name) { listen(number, 4096) }
        let forwarder = PortForwarder(
            listener: listener, port: try HostSocket.localPort(of: number), target: target, sandbox: sandbox, loop: loop
        )
        let watch = try loop.watch(number, for: .readable) { [weak forwarder] _ in forwarder?.accept() }
        forwarder.state.withLock { $0.watch = watch }
        return forwarder
    }

    /// Sends new connections elsewhere.
    public func retarget(_ target: Target) { state.withLock { $0.target = target } }

    /// Stops listening and ends every connection.
    public func close() {
        let (watch, relays) = state.withLock { state in
            defer {
                state.watch = nil
                state.isClosed = true
            }
            return (state.watch, state.relays.values.map(\.relay))
        }
        watch?.cancel()
        for relay in relays { relay.close() }
    }

    /// Waits until no connection to a target is open any more, or those that are have been answered and are quiet.
    ///
    /// - Parameter timeout: After which it returns nevertheless.
    /// - Throws: `CancellationError`.
    public func settle(_ target: Target, timeout: Duration) async throws {
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline, isBusy(target) { try await loop.sleep(for: Self.settlingInterval) }
    }

    private func isBusy(_ target: Target) -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            return state.connecting[target] != nil
                || state.relays.values.contains { $0.target == target && !$0.relay.isQuiet(for: Self.quiet, at: now) }
        }
    }

    private func accept() {
        // Bounded, so that a flood leaves the loop's other descriptors their turn.
        for _ in 0..<64 {
            let client = clinux_accept4(
                listener.rawValue, nil, nil, CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            // Errors of a single connection, or a lack of descriptors, which the next round tries again.
            guard client >= 0 else { return }
            let owned = SharedDescriptor(OwnedDescriptor(adopting: client))
            Task(executorPreference: loop) { await self.forward(owned) }
        }
    }

    private func forward(_ client: SharedDescriptor) async {
        let target = state.withLock { state in
            state.connecting[state.target, default: 0] += 1
            return state.target
        }
        defer {
            state.withLock { state in
                let left = (state.connecting[target] ?? 1) - 1
                state.connecting[target] = left > 0 ? left : nil
            }
        }
        do {
            let inner = try await sandbox.socket(type: CInt(SOCK_STREAM.rawValue))
            let number = inner.rawValue
            let shared = SharedDescriptor(inner)
            try await HostSocket.connect(
                number, to: .v4(target.address), port: target.port, timeout: Self.connectTimeout, on: loop)
            let relay = try StreamRelay(client, shared, on: loop) { [weak self] relay in
                _ = self?.state.withLock { $0.relays.removeValue(forKey: ObjectIdentifier(relay)) }
            }
            let isClosed = state.withLock { state in
                state.relays[ObjectIdentifier(relay)] = (relay, target)
                return state.isClosed
            }
            if isClosed { relay.close() }
        } catch {
            // The service is not listening: the client sees what it would see without a forwarder, a reset.
            HostSocket.reset(client.rawValue)
        }
    }
}
