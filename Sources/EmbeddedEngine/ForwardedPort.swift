import Addresses
import Containers
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

/// A port of the host that leads into the sandbox, in the terms of the orchestrator.
final class ForwardedPort: PublishedPort {
    private enum Forwarder {
        case stream(PortForwarder)
        case datagrams(DatagramForwarder)
    }

    let hostPort: UInt16
    private let containerPort: UInt16
    private let forwarder: Forwarder
    private let onClose: @Sendable (ForwardedPort) -> Void

    private init(
        _ forwarder: Forwarder, hostPort: UInt16, containerPort: UInt16,
        onClose: @escaping @Sendable (ForwardedPort) -> Void
    ) {
        self.forwarder = forwarder
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.onClose = onClose
    }

    /// Listens on the first of the plan's ports that is free.
    ///
    /// - Throws: ``EngineError``: `portTaken` where none is.
    static func open(
        _ port: PortPlan, in sandbox: ContainerSandbox, on loop: EventLoop,
        onClose: @escaping @Sendable (ForwardedPort) -> Void
    ) throws -> ForwardedPort {
        guard let address = IPAddress(port.hostAddress) else {
            throw EngineError(
                .systemCall(name: "bind", subject: port.hostAddress, errno: EAFNOSUPPORT),
                remedy: "give an address, such as 127.0.0.1, 0.0.0.0 or [::1]")
        }
        for candidate in port.hostPorts.isEmpty ? [0] : port.hostPorts {
            do throws(SystemCallError) {
                let (forwarder, number) = try listen(on: address, candidate, for: port, sandbox, loop)
                return ForwardedPort(
                    forwarder, hostPort: number, containerPort: port.containerPort, onClose: onClose)
            } catch {
                guard error.errno == EADDRINUSE else { throw EngineError(error) }
            }
        }
        let taken = port.hostPorts.last ?? 0
        throw EngineError(
            .portTaken(
                address: address.hostDescription, port: taken,
                holder: PortHolder.name(port: taken, table: port.transport.rawValue)),
            remedy: "stop what holds it, or leave the host's port out: any free one is taken then")
    }

    private static func listen(
        on address: IPAddress, _ hostPort: UInt16, for port: PortPlan, _ sandbox: ContainerSandbox, _ loop: EventLoop
    ) throws(SystemCallError) -> (Forwarder, UInt16) {
        let target = PortForwarder.Target(address: port.address, port: port.containerPort)
        switch port.transport {
        case .tcp:
            let forwarder = try PortForwarder.open(
                hostAddress: address, port: hostPort, to: target, in: sandbox, on: loop)
            return (.stream(forwarder), forwarder.port)
        case .udp:
            let forwarder = try DatagramForwarder.open(
                hostAddress: address, port: hostPort, to: target, in: sandbox, on: loop)
            return (.datagrams(forwarder), forwarder.port)
        }
    }

    func retarget(to address: IPv4Address) {
        let target = PortForwarder.Target(address: address, port: containerPort)
        switch forwarder {
        case .stream(let forwarder): forwarder.retarget(target)
        case .datagrams(let forwarder): forwarder.retarget(target)
        }
    }

    func settle(_ address: IPv4Address, timeout: Duration) async throws {
        // A datagram is no connection: whether an answer will come nobody knows.
        guard case .stream(let forwarder) = forwarder else { return }
        try await forwarder.settle(PortForwarder.Target(address: address, port: containerPort), timeout: timeout)
    }

    func close() {
        onClose(self)
        switch forwarder {
        case .stream(let forwarder): forwarder.close()
        case .datagrams(let forwarder): forwarder.close()
        }
    }
}
