import EnvironmentFile

extension Stack {
    /// Pairs what runs with what is to run, and refuses what two can't have at once.
    func plan(_ request: SwitchRequest) throws -> Switchover {
        let refuse = { (kind: SwitchError.Kind) in SwitchError(service: request.service, kind: kind) }
        let names = try containers(named: [request.service])
        if switchover(request.service) != nil { throw refuse(.unsettled) }
        let running = services.filter { names.contains($0.name) }
        for service in running where service.incarnation == nil || !service.isUp {
            throw refuse(.notRunning(container: service.name))
        }
        let wanted = request.plan.containers.filter { $0.service == request.service }
        guard Set(wanted.map(\.name)) == Set(running.map { ContainerNames.written($0.name) }) else {
            throw refuse(.otherCount)
        }
        if request.plan.networks != plan.networks { throw refuse(.otherNetworks) }
        var switchover = Switchover(old: [], new: [])
        let renamed = renamed(request.plan, wanted.map(\.name))
        for service in running {
            let written = ContainerNames.written(service.name)
            guard let new = renamed.plan.containers.first(where: { $0.name == renamed.names[written] }) else {
                throw refuse(.otherCount)
            }
            if let kind = obstacle(service.plan, new, in: renamed.plan, request) { throw refuse(kind) }
            switchover.old.append(Switchover.Side(container: service.plan, ports: service.plannedPorts))
            switchover.new.append(
                Switchover.Side(container: new, ports: renamed.plan.ports.filter { $0.service == new.name }))
        }
        return switchover
    }

    /// The plan with the containers' present names, and new ones for those of the service.
    private func renamed(_ plan: Plan, _ containers: [String]) -> (plan: Plan, names: [String: String]) {
        var names = containerNames.current
        for container in containers { names[container] = nextName(of: container) }
        return (plan.renaming(names), names)
    }

    /// What keeps two containers from running side by side.
    private func obstacle(
        _ old: ContainerPlan, _ new: ContainerPlan, in wanted: Plan, _ request: SwitchRequest
    ) -> SwitchError.Kind? {
        guard old.networking.mode == .own, new.networking.mode == .own else { return .sharesNetwork }
        if let other = services.first(where: { $0.plan.sharesNamespaces(with: old.name) }) {
            return .isShared(by: other.name)
        }
        let networks = { (container: ContainerPlan) in Set(container.networking.attachments.map(\.network)) }
        if networks(old) != networks(new) { return .otherNetworks }
        for attachment in new.networking.attachments {
            let other = old.networking.attachments.first { $0.network == attachment.network }
            let hasSameAddress = other.map { $0.address == attachment.address } ?? false
            if hasSameAddress || attachment.hardwareAddress != nil { return .fixedAddress }
        }
        for dependency in new.dependencies where dependency.isRequired {
            if !(service(dependency.service)?.isUp ?? false) {
                return .missing(dependency: ContainerNames.written(dependency.service))
            }
        }
        return request.sharesVolumes ? nil : sharedVolume(old, new, wanted).map { .sharedVolume($0) }
    }

    /// A volume that is kept and that both can write to.
    private func sharedVolume(_ old: ContainerPlan, _ new: ContainerPlan, _ wanted: Plan) -> String? {
        let writable = { (container: ContainerPlan) in
            Set(
                container.mounts.compactMap { mount -> String? in
                    guard case .volume(let name, _, _) = mount.source, !mount.isReadOnly else { return nil }
                    return name
                })
        }
        let kept = Set(wanted.volumes.filter { $0.lifetime != .ephemeral }.map(\.name))
        return writable(old).intersection(writable(new)).intersection(kept).min()
    }
}
