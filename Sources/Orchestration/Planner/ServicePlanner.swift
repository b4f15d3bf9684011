import Addresses
import EnvironmentFile
import OrderedCollections

/// Resolves one service to one container.
struct ServicePlanner {
    let service: Service
    let image: PreparedImage
    let environment: Environment
    let lifetime: Planner.Lifetime
    /// Without optional ones that are not there.
    let dependencies: [Dependency]
    /// Of all services, for those whose mounts this one has too.
    var images: [String: PreparedImage] = [:]

    /// The container's host name is the service's name unless the file gives one. Docker takes the container's
    /// random identifier, of which nobody can make use.
    func container(
        connection: Connection, volumes: inout VolumePlanner, findings: inout Findings
    ) -> ContainerPlan {
        let mounts = MountPlanner(service: service, image: image, environment: environment, images: images)
        let process = process(&findings)
        var container = ContainerPlan(
            name: service.name, hostname: hostname(&findings), image: image, process: process,
            address: connection.address, networking: connection.networking, hosts: connection.hosts,
            mounts: mounts.mounts(volumes: &volumes, findings: &findings),
            files: mounts.files(findings: &findings), dependencies: dependencies,
            readiness: ReadinessPlanner(service: service, image: image).readiness(findings: &findings),
            hasInit: service.hasInit, isReadOnly: service.isReadOnly, isPrivileged: service.isPrivileged,
            capabilities: capabilities(&findings), limits: limits(&findings), memoryLimit: service.memoryLimit,
            pidsLimit: service.pidsLimit, stop: stop(&findings), position: service.position)
        if let size = service.shmSize { container.shmSize = size }
        container.networking.servesNames = servesNames
        let planner = IsolationPlanner(service: service)
        container.isolation = planner.isolation(&findings)
        container.lifecycle = planner.lifecycle(process)
        container.resources = service.resources
        container.logging = service.logging
        container.seccompProfile = service.isolation.seccompProfile
        // A hook is part of the stop, so the stop is not skipped.
        if !service.lifecycle.preStop.isEmpty { container.stop.isGraceful = true }
        applySecurityOptions(to: &container, findings: &findings)
        return container
    }

    /// Whether something says that the container listens on port 53.
    private var servesNames: Bool {
        let exposed = service.expose.map { $0.prefix { $0 != "/" } }
        return service.ports.contains { $0.target == 53 } || exposed.contains("53") || image.exposedPorts.contains(53)
    }

    private func hostname(_ findings: inout Findings) -> String {
        let hostname = service.hostname ?? service.name
        if !(1...64).contains(hostname.utf8.count) || hostname.utf8.contains(0) {
            findings.add(.invalidHostname(service: service.name, hostname: hostname), at: service.position)
        }
        return hostname
    }

    private func process(_ findings: inout Findings) -> ProcessPlan {
        let arguments = ProcessPlanner.arguments(
            entrypoint: service.entrypoint, command: service.command, image: image)
        if arguments.isEmpty {
            findings.add(.noCommand(service: service.name, image: image.reference), at: service.position)
        }
        let directory = service.workingDirectory ?? image.workingDirectory
        var process = ProcessPlan(
            arguments: arguments,
            environment: ProcessPlanner.environment(
                image: image, adding: service.environment.lazy.map { (key: $0.key, value: $0.value) }),
            user: service.user ?? image.user,
            workingDirectory: directory.isEmpty ? "/" : directory)
        process.groups = service.isolation.groups
        process.oomScoreAdjustment = service.isolation.oomScoreAdjustment
        return process
    }

    private func capabilities(_ findings: inout Findings) -> [String] {
        do {
            return try Capabilities.bounding(
                add: service.capAdd, drop: service.capDrop, isPrivileged: service.isPrivileged)
        } catch {
            findings.add(.invalidCapability(service: service.name, capability: error.name), at: service.position)
            return []
        }
    }

    /// See getrlimit(2).
    private static let limitNames: Set<String> = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio", "rttime", "sigpending", "stack",
    ]

    private func limits(_ findings: inout Findings) -> [LimitPlan] {
        service.ulimits.map { name, limit in
            let isOrdered = limit.hard == -1 || (limit.soft != -1 && limit.soft <= limit.hard)
            if !Self.limitNames.contains(name) || limit.soft < -1 || limit.hard < -1 || !isOrdered {
                let text = "\(name): {soft: \(limit.soft), hard: \(limit.hard)}"
                findings.add(.invalidLimit(service: service.name, limit: text), at: service.position)
            }
            return LimitPlan(name: name, soft: limit.soft, hard: limit.hard)
        }
    }

    /// A stop is graceful where somebody asked for it or where what is stopped outlives the sandbox.
    private func stop(_ findings: inout Findings) -> StopPlan {
        var stop = StopPlan()
        if let name = service.stopSignal ?? image.stopSignal.flatMap({ $0.isEmpty ? nil : $0 }) {
            if let number = SignalName.number(of: name) {
                stop.signal = number
            } else {
                findings.add(.invalidSignal(service: service.name, signal: name), at: service.position)
            }
        }
        if let period = service.stopGracePeriod { stop.gracePeriod = period }
        let isDeclared = service.stopSignal != nil || service.stopGracePeriod != nil
        stop.isGraceful = lifetime == .up || isDeclared || holdsExternalVolume
        return stop
    }

    private var holdsExternalVolume: Bool {
        service.mounts.contains { mount in
            guard case .volume(let key) = mount.source else { return false }
            return environment.volumes[key]?.isExternal == true
        }
    }

    /// `label` and `apparmor` options that only turn something off which is never on are taken as they are.
    private func applySecurityOptions(to container: inout ContainerPlan, findings: inout Findings) {
        for option in service.securityOptions {
            // Docker takes both separators.
            switch option.split(separator: ":", maxSplits: 1).joined(separator: "=") {
            case "no-new-privileges", "no-new-privileges=true": container.noNewPrivileges = true
            case "no-new-privileges=false": container.noNewPrivileges = false
            case "seccomp=unconfined": container.isSeccompUnconfined = true
            case "systempaths=unconfined": container.isolation.hasUnmaskedPaths = true
            case "seccomp=builtin", "apparmor=unconfined", "label=disable": break
            default:
                findings.add(
                    .unsupportedSecurityOption(service: service.name, option: option), at: service.position)
            }
        }
    }
}
