import EnvironmentFile
import OrderedCollections

/// Resolves what a service shares with the machine and with other services.
struct IsolationPlanner {
    let service: Service

    /// The isolation; what a container can't have is a finding.
    func isolation(_ findings: inout Findings) -> IsolationPlan {
        var plan = IsolationPlan()
        let written = service.isolation
        plan.processes = written.processes
        plan.ipc = written.ipc
        plan.usesHostName = written.usesHostName
        plan.sysctls = sysctls(&findings)
        plan.devices = written.devices
        for device in written.devices where !Set("rwm").isSuperset(of: device.permissions) {
            findings.add(
                .invalidDevice(service: service.name, permissions: device.permissions), at: device.position)
        }
        plan.deviceRules = written.deviceRules.map(\.value)
        plan.hasTerminal = written.hasTerminal
        plan.keepsInputOpen = written.keepsInputOpen
        plan.annotations = written.annotations
        return plan
    }

    /// Only what a container has of its own; anything else would change the machine.
    private func sysctls(_ findings: inout Findings) -> OrderedDictionary<String, String> {
        var result: OrderedDictionary<String, String> = [:]
        for (key, value) in service.isolation.sysctls {
            // sysctl(8) takes both separators.
            let name = key.split(separator: "/", omittingEmptySubsequences: false).joined(separator: ".")
            if KernelParameter.isNamespaced(name) {
                result[name] = value.value
            } else {
                findings.add(.kernelParameter(service: service.name, name: key, value: value.value), at: value.position)
            }
        }
        return result
    }

    /// The service's hooks, each with the surroundings of its process.
    func lifecycle(_ process: ProcessPlan) -> LifecyclePlan {
        var plan = LifecyclePlan()
        plan.restart = service.lifecycle.restart
        plan.replica = service.lifecycle.replica
        plan.postStart = service.lifecycle.postStart.map { HookPlan($0, in: process) }
        plan.preStop = service.lifecycle.preStop.map { HookPlan($0, in: process) }
        return plan
    }
}

extension HookPlan {
    /// A hook with the surroundings of its service's process.
    public init(_ hook: Hook, in process: ProcessPlan) {
        var own = process
        own.arguments = hook.command
        var environment = EnvironmentList(process.environment)
        for (name, value) in hook.environment { environment.set("\(name)=\(value)") }
        own.environment = environment.entries
        own.user = hook.user ?? process.user
        own.workingDirectory = hook.workingDirectory ?? process.workingDirectory
        own.isPrivileged = hook.isPrivileged
        self.init(process: own, position: hook.position)
    }
}

/// Kernel parameters that belong to a namespace (sysctl(8), namespaces(7)), as Docker lets them through.
enum KernelParameter {
    private static let names: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.domainname",
    ]

    static func isNamespaced(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, !parts.contains("") else { return false }
        return names.contains(name) || name.hasPrefix("net.") || name.hasPrefix("fs.mqueue.")
    }
}
