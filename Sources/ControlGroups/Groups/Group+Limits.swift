import Glibc
import LinuxKernel

extension Limits {
    /// Refuses what the kernel would take for something else.
    func check() throws(ControlGroupError) {
        if let memory, memory < 1 { throw ControlGroupError.invalidLimit(.memory, memory) }
        if let pids, pids < 1 { throw ControlGroupError.invalidLimit(.pids, pids) }
    }
}

extension Group {
    /// Sets limits; what the kernel refuses becomes a warning.
    mutating func apply(_ limits: Limits) {
        let refused = Set(
            warnings.compactMap { if case .limitNotEnforced(let controller, _) = $0 { controller } else { nil } })
        for setting in limits.settings where !refused.contains(setting.controller) { apply(setting) }
        if !refused.contains(.memory) { limitSwap(limits) }
    }

    private mutating func apply(_ setting: Setting) {
        let directory = legacy[setting.controller]
        guard let target = directory ?? unified else { return }
        guard let value = directory == nil ? setting.unified : setting.legacy else {
            // Version 2 sets the period together with the quota.
            if setting.name == "cpu_period" { return }
            let version = directory == nil ? 2 : 1
            warnings.append(.settingNotEnforced(setting.name, reason: "control groups of version \(version) lack it"))
            return
        }
        do throws(SystemCallError) {
            try target.write(value.text, to: value.file)
        } catch {
            let isMain = ["mem_limit", "pids_limit", "cpuset"].contains(setting.name)
            warnings.append(
                isMain
                    ? .limitNotEnforced(setting.controller, reason: error.description)
                    : .settingNotEnforced(setting.name, reason: error.description))
        }
    }

    /// Limits swap: to what is told, else to as much as memory.
    private mutating func limitSwap(_ limits: Limits) {
        guard let memory = limits.memory else {
            if limits.memoryAndSwap != nil {
                warnings.append(.settingNotEnforced("memswap_limit", reason: "it needs a 'mem_limit' besides"))
            }
            return
        }
        let (double, overflow) = memory.addingReportingOverflow(memory)
        let sum = limits.memoryAndSwap ?? (overflow ? -1 : double)
        do throws(SystemCallError) {
            if let directory = legacy[.memory] {
                // Version 1 limits the sum of the two.
                try directory.write("\(sum)", to: "memory.memsw.limit_in_bytes")
            } else {
                try unified?.write(sum < 0 ? "max" : "\(max(sum - memory, 0))", to: "memory.swap.max")
            }
        } catch {
            // Without accounting the file is missing, which matters only where there is swap.
            if error.errno == ENOENT || error.errno == EACCES, !hostHasSwap() { return }
            warnings.append(.swapNotLimited(reason: error.description))
        }
    }

    /// Whether `/proc/swaps` lists anything below its heading; true where it cannot be read.
    private func hostHasSwap() -> Bool {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open("/proc/swaps", O_RDONLY)
            return try readAll(file.rawValue).split(separator: UInt8(ascii: "\n")).count > 1
        } catch {
            return true
        }
    }
}
