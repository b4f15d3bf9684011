import OCI

/// A change of an image's configuration, as `docker import --change` takes it: one instruction of a Dockerfile.
public enum ConfigurationChange: Hashable, Sendable {
    /// `CMD`: the default command.
    case command([String])
    /// `ENTRYPOINT`: what the command is given to.
    case entrypoint([String])
    /// `ENV`: `NAME=value`; each replaces one of the same name.
    case environment([String])
    /// `USER`: `user[:group]`.
    case user(String)
    /// `WORKDIR`: an absolute path.
    case workingDirectory(String)
    /// `EXPOSE`: `80/tcp`.
    case exposedPorts([String])
    /// `VOLUME`: absolute paths.
    case volumes([String])
    /// `STOPSIGNAL`: a name or a number.
    case stopSignal(String)
    /// `LABEL`: texts by name.
    case labels([String: String])

    /// Puts the change into a configuration.
    public func apply(to defaults: inout ContainerDefaults) {
        switch self {
        case .command(let words): defaults.cmd = words
        case .entrypoint(let words): defaults.entrypoint = words
        case .environment(let variables):
            var all = defaults.env ?? []
            for variable in variables {
                let name = variable.prefix { $0 != "=" } + "="
                if let index = all.firstIndex(where: { $0.hasPrefix(name) }) {
                    all[index] = variable
                } else {
                    all.append(variable)
                }
            }
            defaults.env = all
        case .user(let user): defaults.user = user
        case .workingDirectory(let path): defaults.workingDir = path
        case .exposedPorts(let ports):
            for port in ports { defaults.exposedPorts = (defaults.exposedPorts ?? [:]).merging([port: .init()]) { $1 } }
        case .volumes(let paths):
            for path in paths { defaults.volumes = (defaults.volumes ?? [:]).merging([path: .init()]) { $1 } }
        case .stopSignal(let signal): defaults.stopSignal = signal
        case .labels(let labels): defaults.labels = (defaults.labels ?? [:]).merging(labels) { $1 }
        }
    }
}
