import EnvironmentFile
import OrderedCollections

extension Environment {
    /// The environment with each service of several containers taken apart into services `NAME-1`, `NAME-2`, … of one.
    ///
    /// Whoever depends on the service depends on all of them; what can only be shared with one is shared with the
    /// first. A service of no container is left out, and nobody waits for it.
    ///
    /// - Throws: ``PlanErrors`` where a replica's name is another service's.
    func expandingReplicas() throws(PlanErrors) -> Environment {
        guard services.values.contains(where: { $0.lifecycle.replicas != 1 }) else { return self }
        var result = self
        result.services = [:]
        var errors: [PlanError] = []
        for service in services.values {
            for var replica in service.replicas {
                if replica.name != service.name, services[replica.name] != nil {
                    errors.append(
                        PlanError(.replicaNameTaken(service: service.name, name: replica.name), at: service.position))
                }
                replica.dependsOn = replica.dependsOn.flatMap(replacing)
                replica.isolation = replacing(replica.isolation)
                result.services[replica.name] = replica
            }
        }
        if !errors.isEmpty { throw PlanErrors(errors) }
        if var test {
            test.dependsOn = test.dependsOn.flatMap(replacing)
            if case .service(let name) = test.place { test.place = .service(first(of: name)) }
            result.test = test
        }
        return result
    }

    /// The names that a service's containers go by; the name itself where there is no such service.
    func replicaNames(of name: String) -> [String] { services[name]?.replicas.map(\.name) ?? [name] }

    private func replacing(_ dependency: Dependency) -> [Dependency] {
        guard let service = services[dependency.service] else { return [dependency] }
        return service.replicas.map { replica in
            var own = dependency
            own.service = replica.name
            return own
        }
    }

    private func replacing(_ isolation: Isolation) -> Isolation {
        var result = isolation
        if case .service(let name) = isolation.processes { result.processes = .service(first(of: name)) }
        if case .service(let name) = isolation.ipc { result.ipc = .service(first(of: name)) }
        result.volumesFrom = isolation.volumesFrom.map { entry in
            VolumesFrom(service: first(of: entry.service), isReadOnly: entry.isReadOnly, position: entry.position)
        }
        return result
    }

    private func first(of name: String) -> String { services[name]?.replicas.first?.name ?? name }
}

extension Service {
    /// One service for each container.
    fileprivate var replicas: [Service] {
        guard lifecycle.replicas != 1 else { return [self] }
        return (0..<max(lifecycle.replicas, 0)).map { index in
            var replica = self
            replica.name = "\(name)-\(index + 1)"
            replica.lifecycle.replicas = 1
            replica.lifecycle.replica = Replica(service: name, number: index + 1)
            return replica
        }
    }
}
