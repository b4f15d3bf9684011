import Addresses
import Containers
import DNS
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

/// Turns a container of the plan into what the launcher is told.
struct PlanTranslator: Sendable {
    /// Bytes of a config or secret.
    private static let maximumFile = 16 << 20

    let plan: Plan
    /// The host's own way of looking up names.
    let resolver: ResolverConfiguration
    let volumes: [String: VolumePlan]
    /// The directory of a volume in the store.
    let volumePath: @Sendable (String) throws -> String
    /// The layers of an image by its digest, the base first.
    let layers: @Sendable (String) throws -> [String]
    /// By service: whose IPC namespace it is in.
    let sharedWith: [String: String]
    let hostsText = HostsText()

    /// - Parameter filter: The program of the container's own profile for system calls; empty: it has none.
    func specification(of container: ContainerPlan, filter: [UInt8] = []) throws -> ContainerSpecification {
        var specification = ContainerSpecification(
            name: container.name, hostname: hostname(of: container), layers: try layers(container.image.digest),
            process: Self.process(container.process, of: container, filter: filter),
            network: networkSpecification(of: container),
            mounts: try container.mounts.map(mount), files: try container.files.map(file),
            hosts: try hostsFile(of: container), resolverConfiguration: try resolverConfiguration(of: container),
            hasInit: container.hasInit, isReadOnly: container.isReadOnly, isPrivileged: container.isPrivileged,
            shmSize: container.shmSize,
            memoryLimit: container.memoryLimit, pidsLimit: container.pidsLimit)
        specification.process.hasTerminal = container.isolation.hasTerminal
        specification.isolation = try isolation(of: container)
        specification.resources = try Self.resources(of: container)
        return specification
    }

    static func process(
        _ process: ProcessPlan, of container: ContainerPlan, filter: [UInt8] = []
    ) -> ProcessSpecification {
        var result = ProcessSpecification(
            arguments: process.arguments, environment: process.environment, user: process.user,
            workingDirectory: process.workingDirectory, capabilities: container.capabilities,
            noNewPrivileges: container.noNewPrivileges,
            isFiltered: !container.isPrivileged && !container.isSeccompUnconfined && !process.isPrivileged,
            limits: container.limits.map { LimitSpecification(name: $0.name, soft: $0.soft, hard: $0.hard) })
        if process.isPrivileged { result.capabilities = CapabilitySet.all.map(\.description) }
        result.groups = process.groups
        result.oomScoreAdjustment = process.oomScoreAdjustment
        result.filterProgram = filter
        return result
    }

    private func mount(_ mount: MountPlan) throws -> MountSpecification {
        switch mount.source {
        case .volume(let name, let subpath, let fillsFromImage):
            let isEphemeral = volumes[name].map { $0.lifetime == .ephemeral } ?? true
            return MountSpecification(
                source: isEphemeral ? .ephemeralVolume(name) : .volume(path: try volumePath(name)),
                target: mount.target, isReadOnly: mount.isReadOnly, fillsFromImage: fillsFromImage, subpath: subpath)
        case .bind(let path, let createHostPath):
            return MountSpecification(
                source: .bind(path: path, creates: createHostPath), target: mount.target, isReadOnly: mount.isReadOnly)
        case .tmpfs(let size, let mode):
            var specification = MountSpecification(
                source: .tmpfs(size: size, mode: mode), target: mount.target, isReadOnly: mount.isReadOnly)
            specification.tmpfs.user = mount.tmpfs.user
            specification.tmpfs.group = mount.tmpfs.group
            specification.tmpfs.inodes = mount.tmpfs.inodes
            specification.tmpfs.isExecutable = mount.tmpfs.isExecutable
            specification.tmpfs.allowsSetUserID = mount.tmpfs.allowsSetUserID
            specification.tmpfs.allowsDevices = mount.tmpfs.allowsDevices
            return specification
        }
    }

    private func file(_ file: FilePlan) throws -> FileSpecification {
        let content: [UInt8]
        switch file.source {
        case .inline(let text): content = Array(text.utf8)
        case .file(let path):
            do {
                content = try readRegularFile(path, limit: Self.maximumFile)
            } catch {
                throw EngineError(.bindSource(path: path, errno: error.errno))
            }
        }
        return FileSpecification(
            content: content, target: file.target, uid: file.uid ?? "", gid: file.gid ?? "", mode: file.mode)
    }
}
