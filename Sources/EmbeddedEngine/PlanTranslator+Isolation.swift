import Containers
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

extension PlanTranslator {
    /// What of the machine the container sees; devices are looked up on the host.
    ///
    /// - Throws: ``EngineError`` of kind `bindSource` for a device that is none.
    func isolation(of container: ContainerPlan) throws -> IsolationSpecification {
        let plan = container.isolation
        var result = IsolationSpecification()
        result.processes =
            switch plan.processes {
            case .own: .own
            case .host: .sandbox
            case .service(let name): .container(name)
            }
        switch plan.ipc {
        case .none: result.lacksSharedMemory = true
        case .private: break
        case .shareable: result.sharedMemory = sharers.contains(container.name) ? container.name : nil
        case .host:
            result.ipc = .sandbox
            // A name that no service can have.
            result.sharedMemory = "@sandbox"
        case .service(let name):
            result.ipc = .container(name)
            result.sharedMemory = owner(ofSharedMemory: name)
        }
        result.usesHostName = plan.usesHostName
        result.kernelParameters = plan.sysctls.map { "\($0.key)=\($0.value)" }
        result.hasUnmaskedPaths = plan.hasUnmaskedPaths
        result.devices = try container.isPrivileged ? HostDevices.all() : []
        var rules = plan.deviceRules
        for mapping in plan.devices {
            let devices = try HostDevices.below(mapping.source, as: mapping.target)
            result.devices += devices
            rules += devices.map { "\($0.isBlock ? "b" : "c") \($0.major):\($0.minor) \(mapping.permissions)" }
        }
        if !rules.isEmpty { result.deviceRules = SandboxGroups.standardDevices + rules }
        return result
    }

    /// Whoever the service shares with may itself share with another.
    private func owner(ofSharedMemory name: String) -> String {
        var owner = name
        // As many steps as there are containers; the graph has no cycles.
        for _ in 0..<sharedWith.count {
            guard let next = sharedWith[owner] else { break }
            owner = next
        }
        return owner
    }

    /// By the service that shares: the service whose IPC namespace it is in.
    static func sharedWith(_ plan: Plan) -> [String: String] {
        var result: [String: String] = [:]
        for container in plan.containers {
            if case .service(let name) = container.isolation.ipc { result[container.name] = name }
        }
        return result
    }

    private var sharers: Set<String> { Set(sharedWith.values) }
}

/// Devices of the machine that the engine runs on.
enum HostDevices {
    /// What has another meaning in a container, or is mounted there by itself.
    private static let ownInContainers: Set<String> = [
        "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/console", "/dev/.udev", "/dev/ptmx",
    ]

    /// Every device below /dev, as a privileged container has them.
    ///
    /// A user without privileges gives those that it may use itself.
    static func all() throws -> [DeviceSpecification] {
        let devices = try below("/dev", as: "/dev")
        return geteuid() == 0 ? devices : devices.filter { access($0.source, R_OK | W_OK) == 0 }
    }

    /// A device, or all devices in a directory.
    ///
    /// - Throws: ``EngineError`` of kind `bindSource` where there is none.
    static func below(_ source: String, as target: String) throws -> [DeviceSpecification] {
        var status = stat()
        // What the file names may be a link, such as /dev/disk/by-id/….
        guard stat(source, &status) == 0 else { throw EngineError(.bindSource(path: source, errno: errno)) }
        if let device = device(target, source, status) { return [device] }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw EngineError(
                .bindSource(path: source, errno: ENODEV), remedy: "name a device, or mount it as a volume")
        }
        return try inside(source, as: target)
    }

    /// Links are left out: what they lead to has a name of its own.
    private static func inside(_ source: String, as target: String) throws -> [DeviceSpecification] {
        var devices: [DeviceSpecification] = []
        for name in try directoryEntries(source) {
            let path = "\(source)/\(name)"
            var status = stat()
            guard !ownInContainers.contains(path), lstat(path, &status) == 0 else { continue }
            if let device = device("\(target)/\(name)", path, status) {
                devices.append(device)
            } else if status.st_mode & S_IFMT == S_IFDIR {
                devices += try inside(path, as: "\(target)/\(name)")
            }
        }
        return devices
    }

    private static func device(_ path: String, _ source: String, _ status: stat) -> DeviceSpecification? {
        let type = status.st_mode & S_IFMT
        guard type == S_IFCHR || type == S_IFBLK else { return nil }
        return DeviceSpecification(
            path: path, source: source, isBlock: type == S_IFBLK, major: DeviceNumber.major(status.st_rdev),
            minor: DeviceNumber.minor(status.st_rdev), mode: status.st_mode & 0o7777, user: status.st_uid,
            group: status.st_gid)
    }
}
