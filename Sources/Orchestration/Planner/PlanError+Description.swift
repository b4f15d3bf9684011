extension PlanError: CustomStringConvertible {
    /// What is wrong, in one sentence without position and remedy.
    public var message: String {
        switch kind {
        case .dependencyCycle(let edges):
            "services depend on each other in a circle: "
                + edges.map { "'\($0.from)' on '\($0.to)' (\($0.position))" }.joined(separator: ", ")
        case .undefinedDependency(let service, let dependency):
            "service '\(service)' depends on '\(dependency)', which is not defined"
        case .replicaNameTaken(let service, let name):
            "one of the containers of service '\(service)' is called '\(name)', as another service is"
        case .noReadiness(let service, let dependency):
            "service '\(service)' waits for '\(dependency)' to be healthy, which has neither 'healthcheck' nor 'ready'"
        case .undefinedService(let service): "there is no service '\(service)'"
        case .noImage(let service): "service '\(service)' has neither 'image' nor 'build'"
        case .imageNotPrepared(let service): "no image was prepared for service '\(service)'"
        case .noCommand(let service, let image):
            "nothing to run: neither service '\(service)' nor its image '\(image)' gives a command"
        case .noTestCommand: "there is no test command"
        case .tooManyServices(let count, let subnet, let capacity):
            "\(count) containers are on the network \(subnet), which has room for \(capacity)"
        case .addressTaken(let service, let address):
            "service '\(service)' can't have address \(address): another one has it, or it is the network's own"
        case .subnetsOverlap(let network, let other):
            "networks '\(other)' and '\(network)' have addresses in common"
        case .interfaceNameTaken(let service, let name):
            "service '\(service)' has two interfaces called '\(name)'"
        case .volumeConflict(let name): "volume '\(name)' is external in one entry and not in another"
        default: serviceMessage
        }
    }

    private var serviceMessage: String {
        switch kind {
        case .undefinedVolume(let service, let volume):
            "service '\(service)' uses volume '\(volume)', which is not defined"
        case .undefinedConfig(let service, let config):
            "service '\(service)' uses config '\(config)', which is not defined"
        case .undefinedSecret(let service, let secret):
            "service '\(service)' uses secret '\(secret)', which is not defined"
        case .invalidTarget(let service, let target):
            "service '\(service)' can't have a mount at '\(target)': not an absolute path below the root"
        case .duplicateTarget(let service, let target): "service '\(service)' mounts two things at '\(target)'"
        case .invalidSignal(let service, let signal):
            "service '\(service)' is to stop by '\(signal)', which is no signal"
        case .invalidCapability(let service, let capability):
            "service '\(service)' names '\(capability)', which is no capability"
        case .invalidLimit(let service, let limit): "service '\(service)' sets limit '\(limit)', which can't be"
        case .unsupportedSecurityOption(let service, let option):
            "service '\(service)' has security option '\(option)', which is not supported"
        case .kernelParameter(let service, let name, _):
            "service '\(service)' sets '\(name)', which is not a kernel parameter that a container has of its own"
        case .invalidDevice(let service, let permissions):
            "service '\(service)' wants permissions '\(permissions)' for a device"
        case .invalidHostname(let service, let hostname):
            "service '\(service)' has host name '\(hostname)', which is empty or longer than 64 bytes"
        case .invalidPattern(let service, let pattern, let reason):
            "service '\(service)' waits for '\(pattern)', which is no extended regular expression: \(reason)"
        case .invalidProbe(let service, let reason): "the readiness probe of service '\(service)' \(reason)"
        default: ""
        }
    }

    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String? {
        switch kind {
        case .dependencyCycle: "drop one of these 'depends_on' entries"
        case .undefinedDependency(_, let dependency): "define it under 'services:', or drop '\(dependency)' here"
        case .noReadiness(_, let dependency):
            "give '\(dependency)' a 'healthcheck' or 'ready', or wait for 'service_started'"
        case .kernelParameter(_, let name, let value): "set it on the machine: sysctl -w \(name)=\(value)"
        case .invalidDevice: "write some of 'r', 'w' and 'm'"
        case .replicaNameTaken(_, let name): "rename service '\(name)'"
        case .noImage: "name an image, or packages to build one of"
        case .noCommand: "set 'command' or 'entrypoint'"
        case .noTestCommand: "add 'test: {command: …}' to the file, or '-- COMMAND' to the command line"
        case .undefinedVolume(_, let volume): "add '\(volume):' under the top-level 'volumes:'"
        case .undefinedConfig(_, let config): "add '\(config):' under the top-level 'configs:'"
        case .undefinedSecret(_, let secret): "add '\(secret):' under the top-level 'secrets:'"
        case .tooManyServices: "spread them over several networks, or give it a larger subnet (at most 1023 in each)"
        case .addressTaken: "choose another address of the subnet"
        case .subnetsOverlap: "give each a subnet of its own"
        case .duplicateTarget: "drop one of the two"
        case .volumeConflict: "give one of them another 'name'"
        case .invalidSignal: "use a name such as SIGTERM or a number of 1 to 64"
        case .unsupportedSecurityOption: "use 'no-new-privileges' or 'seccomp=unconfined'"
        default: nil
        }
    }

    /// `FILE:LINE:COLUMN: error: MESSAGE; REMEDY`.
    public var description: String {
        let place = position.map { "\($0): " } ?? ""
        return "\(place)error: \(message)\(remedy.map { "; \($0)" } ?? "")"
    }
}

extension PlanErrors: CustomStringConvertible {
    /// One line an error.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
