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
        let hasWarned = Set(
            warnings.compactMap { if case .limitNotEnforced(let controller, _) = $0 { controller } else { nil } })
        if let memory = limits.memory, !hasWarned.contains(.memory) {
            attempt(.memory) { group throws(SystemCallError) in
                try group.legacy[.memory]?.write("\(memory)", to: "memory.limit_in_bytes")
                if group.legacy[.memory] == nil { try group.unified?.write("\(memory)", to: "memory.max") }
            }
            limitSwap(memory)
        }
        if let pids = limits.pids, !hasWarned.contains(.pids) {
            attempt(.pids) { group throws(SystemCallError) in
                try (group.legacy[.pids] ?? group.unified)?.write("\(pids)", to: "pids.max")
            }
        }
    }

    private mutating func attempt(_ controller: Controller, _ set: (Group) throws(SystemCallError) -> Void) {
        do throws(SystemCallError) {
            try set(self)
        } catch {
            warnings.append(.limitNotEnforced(controller, reason: error.description))
        }
    }

    /// Limits swap to as much as memory.
    private mutating func limitSwap(_ memory: Int64) {
        do throws(SystemCallError) {
            if let directory = legacy[.memory] {
                // Version 1 limits the sum of the two.
                let (sum, overflow) = memory.addingReportingOverflow(memory)
                try directory.write("\(overflow ? -1 : sum)", to: "memory.memsw.limit_in_bytes")
            } else {
                try unified?.write("\(memory)", to: "memory.swap.max")
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
