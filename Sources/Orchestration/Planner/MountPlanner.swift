import EnvironmentFile
import OrderedCollections

/// Resolves a service's mounts, and its configs and secrets.
struct MountPlanner {
    let service: Service
    let image: PreparedImage
    let environment: Environment
    /// Of all services.
    var images: [String: PreparedImage] = [:]

    /// Parents come before what is mounted inside of them. Volumes that the image declares get one of their own
    /// unless something is mounted right there.
    func mounts(volumes: inout VolumePlanner, findings: inout Findings) -> [MountPlan] {
        var taken: Set<String> = []
        var mounts: [MountPlan] = []
        for mount in service.mounts {
            guard let target = claim(mount.target, at: mount.position, taken: &taken, findings: &findings),
                let source = source(of: mount, target: target, volumes: &volumes, findings: &findings)
            else { continue }
            var plan = MountPlan(
                source: source, target: target, isReadOnly: mount.isReadOnly, position: mount.position)
            plan.tmpfs = mount.tmpfs
            mounts.append(plan)
        }
        for mount in mountsOfOthers(volumes: &volumes) where taken.insert(mount.target).inserted {
            mounts.append(mount)
        }
        for path in image.volumes {
            guard let target = Self.normalised(path), taken.insert(target).inserted else { continue }
            let volume = volumes.anonymous(service: service.name, target: target)
            let source = MountPlan.Source.volume(volume.name, subpath: nil, fillsFromImage: true)
            mounts.append(MountPlan(source: source, target: target, isReadOnly: false, position: service.position))
        }
        return mounts.sorted { Self.comesBefore($0.target, $1.target) }
    }

    /// The volumes and bind mounts of the services that `volumes_from` names; what is wrong with them is told there.
    private func mountsOfOthers(volumes: inout VolumePlanner) -> [MountPlan] {
        var result: [MountPlan] = []
        for entry in service.isolation.volumesFrom {
            guard let other = environment.services[entry.service], let image = images[entry.service] else { continue }
            let planner = MountPlanner(service: other, image: image, environment: environment, images: images)
            var ignored = Findings()
            for var mount in planner.mounts(volumes: &volumes, findings: &ignored) {
                if case .tmpfs = mount.source { continue }
                mount.isReadOnly = mount.isReadOnly || entry.isReadOnly
                mount.position = entry.position
                result.append(mount)
            }
        }
        return result
    }

    private func source(
        of mount: Mount, target: String, volumes: inout VolumePlanner, findings: inout Findings
    ) -> MountPlan.Source? {
        switch mount.source {
        case .volume(let key):
            guard let volume = volumes.named(key) else {
                findings.add(.undefinedVolume(service: service.name, volume: key), at: mount.position)
                return nil
            }
            // A part of a volume has to be there already, so the volume is not empty.
            let fills = !mount.noCopy && mount.subpath == nil
            return .volume(volume.name, subpath: mount.subpath, fillsFromImage: fills)
        case .anonymous:
            let volume = volumes.anonymous(service: service.name, target: target)
            return .volume(volume.name, subpath: mount.subpath, fillsFromImage: !mount.noCopy && mount.subpath == nil)
        case .bind(let path, let createHostPath): return .bind(path: path, createHostPath: createHostPath)
        case .tmpfs(let size, let mode): return .tmpfs(size: size, mode: mode ?? 0o1777)
        }
    }

    /// Configs first, then secrets, each in the order of the file.
    func files(findings: inout Findings) -> [FilePlan] {
        var taken: Set<String> = []
        var files: [FilePlan] = []
        for grant in service.configs {
            let object = environment.configs[grant.source]
            if object == nil {
                findings.add(.undefinedConfig(service: service.name, config: grant.source), at: grant.position)
            }
            if let file = file(grant, of: object, taken: &taken, findings: &findings) { files.append(file) }
        }
        for grant in service.secrets {
            let object = environment.secrets[grant.source]
            if object == nil {
                findings.add(.undefinedSecret(service: service.name, secret: grant.source), at: grant.position)
            }
            if let file = file(grant, of: object, taken: &taken, findings: &findings) { files.append(file) }
        }
        return files
    }

    private func file(
        _ grant: FileGrant, of object: FileObject?, taken: inout Set<String>, findings: inout Findings
    ) -> FilePlan? {
        guard let object, let target = claim(grant.target, at: grant.position, taken: &taken, findings: &findings)
        else { return nil }
        return FilePlan(
            source: object.source, target: target, uid: grant.uid, gid: grant.gid, mode: grant.mode,
            position: grant.position)
    }

    private func claim(
        _ target: String, at position: SourcePosition, taken: inout Set<String>, findings: inout Findings
    ) -> String? {
        guard let path = Self.normalised(target) else {
            findings.add(.invalidTarget(service: service.name, target: target), at: position)
            return nil
        }
        guard taken.insert(path).inserted else {
            findings.add(.duplicateTarget(service: service.name, target: path), at: position)
            return nil
        }
        return path
    }

    /// Without empty, `.` and `..` components; `nil` for a relative path and for the root.
    static func normalised(_ path: String) -> String? {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else { return nil }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.isEmpty ? nil : "/" + parts.joined(separator: "/")
    }

    private static func comesBefore(_ left: String, _ right: String) -> Bool {
        left.split(separator: "/").lexicographicallyPrecedes(right.split(separator: "/"))
    }
}
