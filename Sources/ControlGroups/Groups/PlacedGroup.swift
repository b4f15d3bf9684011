import Glibc
import LinuxKernel

/// An environment's group in one hierarchy, with those above it.
struct PlacedGroup: Sendable {
    let base: Directory
    let top: Directory
    let directory: Directory

    /// Creates the group at the best place where the caller may.
    ///
    /// - Returns: The refusal at the last place, where none is left.
    static func create(
        _ id: String, in hierarchy: Hierarchy
    ) throws(ControlGroupError) -> Result<PlacedGroup, SystemCallError> {
        var refusal = SystemCallError(call: "mkdir", errno: ENOENT, subject: hierarchy.mountPoint)
        for path in hierarchy.bases {
            do throws(SystemCallError) {
                return .success(try create(id, below: path))
            } catch {
                guard [EACCES, EPERM, EROFS, ENOENT].contains(error.errno) else {
                    throw ControlGroupError.system(error)
                }
                refusal = error
            }
        }
        return .failure(refusal)
    }

    private static func create(_ id: String, below path: String) throws(SystemCallError) -> PlacedGroup {
        let base = try Directory(path)
        var attempts = 0
        while true {
            do throws(SystemCallError) {
                let top = try base.makeChild(EnvironmentGroup.top, exclusively: false)
                return PlacedGroup(base: base, top: top, directory: try top.makeChild(id, exclusively: true))
            } catch {
                // Another environment that ended may have removed the group above between the two calls.
                attempts += 1
                if error.errno != ENOENT || attempts == 16 { throw error }
            }
        }
    }

    /// Lets the children use a version 2 controller; returns why it cannot be.
    func enable(_ controller: Controller) -> String? {
        if [.devices, .freezer, .cpuacct].contains(controller) {
            return "version 2 has no \(controller.rawValue) controller"
        }
        do throws(SystemCallError) {
            guard
                try base.read("cgroup.controllers").split(whereSeparator: \.isWhitespace)
                    .contains(Substring(controller.unifiedName))
            else { return "\(base.path) does not have the \(controller.unifiedName) controller" }
            for directory in [base, top, self.directory] {
                try directory.write("+\(controller.unifiedName)", to: "cgroup.subtree_control")
            }
            return nil
        } catch {
            // cgroups(7), "no internal processes": a group with members cannot pass controllers on.
            if error.errno == EBUSY { return "\(base.path) itself has processes (\(error))" }
            return error.description
        }
    }

    /// Kills and removes an environment's group below a base, and the group above it where that was the last.
    static func sweep(_ id: String, below path: String, deadline: Deadline) throws(ControlGroupError) {
        do throws(SystemCallError) {
            let base = try Directory(path)
            let top = try Directory(EnvironmentGroup.top, in: base)
            try Directory(id, in: top).killMembers()
            guard try top.removeChild(id, deadline: deadline) else {
                throw SystemCallError(call: "rmdir", errno: EBUSY, subject: "\(top.path)/\(id)")
            }
            // Refused as long as other environments have groups in it, or where it is somebody else's.
            _ = unlinkat(base.descriptor.rawValue, EnvironmentGroup.top, AT_REMOVEDIR)
        } catch {
            switch error.errno {
            case ENOENT: return
            case EBUSY: throw ControlGroupError.stillPopulated(error.subject)
            default: throw ControlGroupError.system(error)
            }
        }
    }
}

/// Where an environment's groups are at first: in version 2, or, without it, in one hierarchy of version 1.
struct Placement {
    var unified: PlacedGroup?
    var legacy: [Controller: Directory] = [:]
    /// Why there is none anywhere.
    var reason: String?

    /// Creates the group that membership needs.
    init(_ id: String, in hierarchies: Hierarchies) throws(ControlGroupError) {
        reason = "no cgroup hierarchy is mounted"
        if let hierarchy = hierarchies.unified {
            switch try PlacedGroup.create(id, in: hierarchy) {
            case .success(let group):
                unified = group
                reason = nil
                return
            case .failure(let refusal): reason = refusal.description
            }
        }
        for controller in [Controller.freezer, .pids, .memory] {
            guard let hierarchy = hierarchies.legacy[controller] else { continue }
            switch try PlacedGroup.create(id, in: hierarchy) {
            case .success(let group):
                legacy[controller] = group.directory
                reason = nil
                return
            case .failure(let refusal): reason = refusal.description
            }
        }
    }
}
