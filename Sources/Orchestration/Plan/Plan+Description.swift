import EnvironmentFile

extension Plan: CustomStringConvertible {
    /// The plan as operations in the order in which they are begun, each with its cause.
    public var description: String { PlanText(self).text }
}

/// Writes a plan down for a person.
private struct PlanText {
    private var lines: [String] = []
    private var number = 0

    var text: String { lines.joined(separator: "\n") }

    init(_ plan: Plan) {
        lines.append("plan '\(plan.name)'")
        for notice in plan.notices { lines.append(notice.description) }
        for network in plan.networks { add(network) }
        for volume in plan.volumes { add(volume, of: plan) }
        for port in plan.ports { add(port) }
        for container in plan.containers { add(container) }
        if let test = plan.test { add(test, of: plan) }
    }

    private mutating func operation(_ text: String, _ cause: String) {
        number += 1
        lines.append("\(number). \(text)  (\(cause))")
    }

    private mutating func detail(_ name: String, _ text: String?) {
        if let text { lines.append("     \(name): \(text)") }
    }

    private mutating func add(_ network: NetworkPlan) {
        let name = network.key == "default" ? "" : "\(network.name) "
        let version6 = network.subnet6.map { " and \($0)" } ?? ""
        operation(
            "open \(network.isInternal ? "internal " : "")network \(name)\(network.subnet)\(version6), "
                + "gateway \(network.gateway)", "every environment has its own")
    }

    private mutating func add(_ volume: VolumePlan, of plan: Plan) {
        let users = plan.containers.filter { container in
            container.mounts.contains { mount in
                if case .volume(volume.name, _, _) = mount.source { true } else { false }
            }
        }
        let verb =
            switch volume.lifetime {
            case .ephemeral: "make ephemeral volume"
            case .persistent: "open or make persistent volume"
            case .external: "open external volume"
            }
        operation("\(verb) \(volume.name)", "mounted by \(users.isEmpty ? "the test" : Self.list(users.map(\.name)))")
    }

    private mutating func add(_ port: PortPlan) {
        let source: String
        switch (port.hostPorts.first, port.hostPorts.last) {
        case (let first?, let last?): source = first == last ? "\(first)" : "\(first)-\(last)"
        default: source = "any free port"
        }
        let target = "\(port.service) \(port.address):\(port.containerPort)/\(port.transport.rawValue)"
        operation("publish \(port.hostAddress):\(source) to \(target)", "\(port.position)")
    }

    private mutating func add(_ container: ContainerPlan) {
        let waits = container.dependencies.map { dependency in
            let optional = dependency.isRequired ? "" : " if it can"
            return "\(dependency.service) \(Self.state(dependency.condition))\(optional) (\(dependency.position))"
        }
        let cause = waits.isEmpty ? "\(container.position)" : "once \(waits.joined(separator: ", "))"
        operation("start \(container.name) at \(container.address) from \(container.image.reference)", cause)
        describe(container)
        if let readiness = container.readiness { describe(readiness) }
        let stop = container.stop
        detail(
            "stop",
            stop.isGraceful ? "\(SignalName.name(of: stop.signal)), \(stop.gracePeriod.text) later SIGKILL" : "SIGKILL")
    }

    private mutating func describe(_ container: ContainerPlan) {
        detail("run", Self.command(container.process.arguments))
        let user = container.process.user.isEmpty ? "root" : container.process.user
        detail("as", "\(user) in \(container.process.workingDirectory)")
        for mount in container.mounts { detail("mount", Self.text(of: mount)) }
        for file in container.files { detail("file", "\(file.target), mode \(String(file.mode, radix: 8))") }
        if container.isPrivileged { detail("privileged", "every capability, no filter") }
    }

    private mutating func describe(_ readiness: ReadinessPlan) {
        var parts: [String] = []
        if let check = readiness.healthcheck {
            parts.append("\(Self.command(check.arguments)) succeeds, at most \(check.retries) failures in a row")
        }
        if !readiness.conditions.isEmpty {
            let conditions = readiness.conditions.map(\.text).joined(
                separator: readiness.requiresAll ? " and " : " or ")
            parts.append("\(conditions) within \(readiness.timeout.text)")
        }
        detail("ready", parts.joined(separator: "; "))
    }

    private mutating func add(_ test: TestPlan, of plan: Plan) {
        let place =
            switch test.place {
            case .host: "on the host"
            case .service(let name): "in \(name)"
            case .container(let container): "in a container of \(container.image.reference) at \(container.address)"
            }
        let gates = plan.containers.filter { $0.readiness != nil }.map(\.name)
        let cause =
            gates.isEmpty
            ? "once everything is started" : "once \(Self.list(gates)) \(gates.count == 1 ? "is" : "are") ready"
        operation("test \(place)", cause)
        detail("run", Self.command(test.process.arguments))
        detail("in", test.process.workingDirectory)
        detail("timeout", test.timeout?.text)
    }

    private static func state(_ condition: Dependency.Condition) -> String {
        switch condition {
        case .started: "is started"
        case .healthy: "is healthy"
        case .completedSuccessfully: "has completed"
        }
    }

    private static func text(of mount: MountPlan) -> String {
        let source =
            switch mount.source {
            case .volume(let name, let subpath, let fills):
                "volume \(name)\(subpath.map { "/\($0)" } ?? "")\(fills ? ", filled from the image" : "")"
            case .bind(let path, _): path
            case .tmpfs(let size, let mode):
                "memory\(size.map { " of \($0) bytes" } ?? ""), mode \(String(mode, radix: 8))"
            }
        return "\(mount.target) from \(source)\(mount.isReadOnly ? ", read-only" : "")"
    }

    private static func command(_ arguments: [String]) -> String {
        arguments.map { argument in
            let isPlain =
                !argument.isEmpty && argument.utf8.allSatisfy { $0 > 0x20 && $0 != 0x27 && $0 != 0x22 && $0 != 0x7f }
            return isPlain ? argument : "\"\(argument.map(Self.escaped).joined())\""
        }.joined(separator: " ")
    }

    /// Line feeds and control characters must not break the lines of the plan.
    private static func escaped(_ character: Character) -> String {
        switch character {
        case "\n": return "\\n"
        case "\"", "\\": return "\\\(character)"
        default:
            guard let value = character.asciiValue, value < 0x20 || value == 0x7f else { return String(character) }
            return "\\u{\(String(value, radix: 16))}"
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
