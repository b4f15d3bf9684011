import EnvironmentFile
import LocalStacks
import OrderedCollections

/// The copy of a service that is run once, with what the command line says instead of what the file says.
struct ServiceCopy {
    let call: RunCall

    /// The environment with the copy in it.
    ///
    /// The copy has names, addresses and host ports of its own: the service may run beside it. Nobody depends on it.
    ///
    /// - Throws: ``Failure`` where there is no such service, the name is another's, or an option says nothing.
    func added(to environment: Environment, named name: String) throws -> Environment {
        guard let service = environment.services[call.service] else {
            throw Failure(
                "no service '\(call.service)' is in the file",
                remedy: "the services are " + environment.services.keys.joined(separator: ", "), code: .usage)
        }
        if environment.services[name] != nil {
            throw Failure(
                "'\(name)' is a service of the file", remedy: "choose another name: --name", code: .usage)
        }
        let source = call.up.source
        let read = try call.container.environment(
            of: "copy", named: Self.readName, directory: source.currentDirectory, variables: source.variables)
        guard let options = read.services[Self.readName] else {
            throw Failure("the options describe no container", code: .usage)
        }
        var result = environment
        result.services[name] = copy(of: service, named: name, with: options)
        for (key, volume) in read.volumes where result.volumes[key] == nil { result.volumes[key] = volume }
        return result
    }

    /// Of the service that the options are read as; nobody sees it.
    private static let readName = "run"

    private func copy(of service: Service, named name: String, with options: Service) -> Service {
        var copy = service
        copy.name = name
        copy.containerName = nil
        copy.hostname = nil
        // Hooks prepare what goes on; this one does its work and is gone.
        copy.lifecycle = Lifecycle()
        setProcess(of: &copy, options)
        let targets = Set(options.mounts.map(\.target))
        copy.mounts = service.mounts.filter { !targets.contains($0.target) } + options.mounts
        copy.ports = (call.publishesServicePorts ? service.ports : []) + options.ports
        if call.up.leavesDependencies { copy.dependsOn = service.dependsOn.filter(\.isImplied) }
        setNames(of: &copy, service.name)
        return copy
    }

    private func setProcess(of copy: inout Service, _ options: Service) {
        if let command = call.container.command { copy.command = command }
        if let entrypoint = call.container.entrypoint { copy.entrypoint = entrypoint }
        for (name, value) in options.environment { copy.environment[name] = value }
        copy.user = options.user ?? copy.user
        copy.workingDirectory = options.workingDirectory ?? copy.workingDirectory
        copy.capAdd += options.capAdd
        copy.capDrop += options.capDrop
        copy.isolation.hasTerminal = options.isolation.hasTerminal
        // As process 1 the program would have no default action for signals.
        if copy.isolation.processes == .own { copy.hasInit = true }
    }

    private func setNames(of copy: inout Service, _ service: String) {
        copy.networking.hardwareAddress = nil
        let isOnDefault = copy.networking.mode == .networks && copy.networking.attachments.isEmpty
        if isOnDefault, call.takesNames {
            copy.networking.attachments["default"] = NetworkAttachment(position: copy.position)
        }
        for key in copy.networking.attachments.keys {
            guard var attachment = copy.networking.attachments[key] else { continue }
            attachment.address = nil
            attachment.address6 = nil
            attachment.hardwareAddress = nil
            attachment.aliases = call.takesNames ? attachment.aliases + [service] : []
            copy.networking.attachments[key] = attachment
        }
    }
}
