import Addresses
import EnvironmentFile

extension Plan {
    /// The plan with containers that go by other names, wherever they are referred to.
    ///
    /// After a switch-over a service's container is not called as the file would have it (``Stack/Names``).
    func renaming(_ names: [String: String]) -> Plan {
        if names.isEmpty { return self }
        var result = self
        result.containers = containers.map { container in
            var renamed = container.referring(names)
            guard let name = names[container.name] else { return renamed }
            renamed.name = name
            if renamed.lifecycle.replica == nil {
                renamed.lifecycle.replica = Replica(service: container.service, number: 1)
            }
            return renamed
        }
        for index in result.ports.indices {
            result.ports[index].service = names[result.ports[index].service] ?? result.ports[index].service
        }
        for index in result.volumes.indices {
            result.volumes[index].name = result.volumes[index].name.renamingOwner(names)
        }
        return result
    }
}

extension ContainerPlan {
    /// The plan with others that go by other names.
    func referring(_ names: [String: String]) -> ContainerPlan {
        var result = self
        for index in dependencies.indices {
            if let name = names[dependencies[index].service] { result.dependencies[index].service = name }
        }
        if case .container(let name) = networking.mode, let other = names[name] {
            result.networking.mode = .container(other)
        }
        for index in networking.links.indices {
            if let name = names[networking.links[index].container] { result.networking.links[index].container = name }
        }
        if case .service(let name) = isolation.processes, let other = names[name] {
            result.isolation.processes = .service(other)
        }
        if case .service(let name) = isolation.ipc, let other = names[name] { result.isolation.ipc = .service(other) }
        for index in mounts.indices {
            guard case .volume(let name, let subpath, let fills) = mounts[index].source else { continue }
            result.mounts[index].source = .volume(
                name.renamingOwner(names), subpath: subpath, fillsFromImage: fills)
        }
        return result
    }

    /// The plan in whose /etc/hosts names lead to other addresses.
    func moving(_ moves: [NameMove]) -> ContainerPlan {
        var result = self
        result.hosts = hosts.moving(moves)
        return result
    }

    /// The plan without a name that others know it by.
    var withoutNames: ContainerPlan {
        var result = self
        for index in result.networking.attachments.indices { result.networking.attachments[index].names = [] }
        return result
    }

    /// From every address of this container to that of another on the same network.
    func moves(to other: ContainerPlan) -> [NameMove] {
        networking.attachments.flatMap { own -> [NameMove] in
            guard let new = other.networking.attachments.first(where: { $0.network == own.network }) else { return [] }
            var moves = [NameMove(from: .v4(own.address), to: .v4(new.address))]
            if let from = own.address6, let to = new.address6 { moves.append(NameMove(from: .v6(from), to: .v6(to))) }
            return moves
        }
    }
}

extension [HostEntry] {
    /// The lines with names that lead to other addresses.
    func moving(_ moves: [NameMove]) -> [HostEntry] {
        map { entry in
            var moved = entry
            if let move = moves.first(where: { $0.from == entry.address }) { moved.address = move.to }
            return moved
        }
    }
}

extension String {
    /// The name of a volume that has none of its own: that of its container, a colon and its target.
    fileprivate func renamingOwner(_ names: [String: String]) -> String {
        guard let colon = firstIndex(of: ":"), let name = names[String(self[..<colon])] else { return self }
        return name + self[colon...]
    }
}
