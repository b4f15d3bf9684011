import EnvironmentFile
import LocalStacks
import Orchestration

extension ServiceRecord {
    /// The record of a container's state.
    init(_ status: ServiceStatus) {
        self.init(
            service: status.service, container: status.container, number: status.number, image: status.image,
            digest: status.imageDigest, command: status.command, state: status.state.rawValue,
            health: status.health?.rawValue, exitCode: status.exit?.code, reason: status.reason,
            startedAt: status.startedAt, endedAt: status.endedAt, restarts: status.restarts,
            address: "\(status.address)",
            ports: status.ports.map { port in
                ServiceRecord.Port(
                    address: port.plan.hostAddress, published: port.hostPort, target: port.plan.containerPort,
                    transport: port.plan.transport.rawValue)
            })
        beside = status.beside
    }
}
