import EnvironmentFile
import OrderedCollections

extension EnvironmentGraph.Service {
    init(_ service: Service, level: Int, directory: String) {
        name = service.name
        self.level = level
        image = service.image?.value ?? service.build.map { "packages " + $0.packages.joined(separator: ", ") }
        ready = Self.readiness(of: service)
        ports = service.ports.map(Self.text)
        networks = Self.networks(of: service)
        mounts = service.mounts.map { EnvironmentGraph.Mount($0, directory: directory) }
    }

    private static func networks(of service: Service) -> [String] {
        switch service.networking.mode {
        case .networks:
            let keys = service.networking.attachments.keys
            return keys.isEmpty ? [Network.defaultKey] : Array(keys)
        case .none: return ["none"]
        case .host: return ["host"]
        case .service(let name): return ["that of \(name)"]
        }
    }

    private static func readiness(of service: Service) -> [String] {
        var result: [String] = []
        switch service.healthcheck?.probe {
        case .command, .shell: result.append("healthy")
        case .image: result.append("healthy, if the image has a check")
        case .disabled, nil: break
        }
        guard let ready = service.ready else { return result }
        let separator = ready.requiresAll ? " and " : " or "
        return result + [ready.conditions.map(\.text).joined(separator: separator)]
    }

    private static func text(_ port: Port) -> String {
        var text = port.hostAddress.map { $0.contains(":") ? "[\($0)]:" : "\($0):" } ?? ""
        if let published = port.published {
            text += String(published) + (port.publishedLast.map { "-\($0)" } ?? "") + ":"
        }
        return text + String(port.target) + (port.transport == .tcp ? "" : "/\(port.transport.rawValue)")
    }

    /// All but the name, each as a short text: the image, what makes it ready, ports, mounts; and networks unless
    /// there is only one.
    func details(showsNetworks: Bool) -> [String] {
        var result = image.map { [$0] } ?? []
        result += ready.map { "ready when \($0)" }
        result += ports.map { "port \($0)" }
        result += mounts.map(\.text)
        if showsNetworks { result += networks.map { "network \($0)" } }
        return result
    }
}

extension EnvironmentGraph.Mount {
    /// - Parameter directory: Paths below it are shown as they are seen from there.
    init(_ mount: Mount, directory: String) {
        target = mount.target
        readOnly = mount.isReadOnly
        switch mount.source {
        case .volume(let key): (kind, source) = ("volume", key)
        case .anonymous: (kind, source) = ("anonymous", nil)
        case .bind(let path, _):
            let isBelow = directory != "/" && path.hasPrefix(directory + "/")
            (kind, source) = ("bind", isBelow ? "." + path.dropFirst(directory.count) : path)
        case .tmpfs: (kind, source) = ("tmpfs", nil)
        }
    }

    var text: String {
        let suffix = readOnly ? " (read-only)" : ""
        return switch kind {
        case "volume": "volume \(source ?? "") at \(target)\(suffix)"
        case "anonymous": "volume at \(target)\(suffix)"
        case "bind": "\(source ?? "") at \(target)\(suffix)"
        default: "\(kind) at \(target)\(suffix)"
        }
    }
}

extension EnvironmentGraph.Edge {
    init(_ service: String, _ dependency: Dependency) {
        from = service
        to = dependency.service
        condition = dependency.condition.rawValue
        required = dependency.isRequired
        (file, line) = (dependency.position.file, dependency.position.line)
        column = dependency.position.column
    }
}

extension EnvironmentGraph.Wait {
    /// `service_healthy` as `healthy`, and whether it may be missing.
    var conditionText: String {
        var text = condition
        if text.hasPrefix("service_") { text.removeFirst("service_".count) }
        if text == "completed_successfully" { text = "completed" }
        return required ? text : text + ", optional"
    }
}

extension EnvironmentGraph.Test {
    init(_ test: Test, _ environment: Environment) {
        place =
            switch test.place {
            case .host: "host"
            case .service(let name): "service \(name)"
            case .image(let name): "image \(name)"
            }
        command = test.command
        let explicit = test.dependsOn.filter { environment.services[$0.service] != nil }
        var waits = explicit.map {
            EnvironmentGraph.Wait(
                service: $0.service, condition: $0.condition.rawValue, required: $0.isRequired)
        }
        for service in environment.services.values where service.isGate {
            if explicit.contains(where: { $0.service == service.name }) { continue }
            waits.append(
                EnvironmentGraph.Wait(
                    service: service.name, condition: Dependency.Condition.healthy.rawValue, required: true))
        }
        waitsFor = waits
    }
}

extension Service {
    /// It says when it is ready, so the test waits for that.
    fileprivate var isGate: Bool {
        if ready != nil { return true }
        guard let healthcheck else { return false }
        return healthcheck.probe != .disabled
    }
}
