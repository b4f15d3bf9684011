import LinuxKernel

/// One value in one file of a cgroup, as each version has it.
struct Setting {
    /// A file and what is written to it.
    struct Value {
        var file: String
        var text: String
    }

    let controller: Controller
    /// The attribute of the Compose Specification, for messages.
    let name: String
    /// `nil`: version 1 can't.
    var legacy: Value?
    /// `nil`: version 2 can't.
    var unified: Value?

    init(
        _ controller: Controller, _ name: String, legacy: (String, String)? = nil, unified: (String, String)? = nil
    ) {
        self.controller = controller
        self.name = name
        self.legacy = legacy.map { Value(file: $0.0, text: $0.1) }
        self.unified = unified.map { Value(file: $0.0, text: $0.1) }
    }
}

extension Limits {
    /// Everything to be written, in an order that the kernel takes; swap is set apart.
    ///
    /// The files: Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst in the kernel's sources.
    var settings: [Setting] {
        var settings: [Setting] = []
        if let memory {
            settings.append(
                Setting(
                    .memory, "mem_limit", legacy: ("memory.limit_in_bytes", "\(memory)"),
                    unified: ("memory.max", "\(memory)")))
        }
        if let pids {
            settings.append(
                Setting(.pids, "pids_limit", legacy: ("pids.max", "\(pids)"), unified: ("pids.max", "\(pids)")))
        }
        return settings + memorySettings + processorSettings + diskSettings
    }

    private var memorySettings: [Setting] {
        var settings: [Setting] = []
        if let memoryReservation {
            settings.append(
                Setting(
                    .memory, "mem_reservation", legacy: ("memory.soft_limit_in_bytes", "\(memoryReservation)"),
                    unified: ("memory.low", "\(memoryReservation)")))
        }
        if let swappiness {
            settings.append(
                Setting(.memory, "mem_swappiness", legacy: ("memory.swappiness", "\(swappiness)")))
        }
        if disablesOutOfMemoryKill {
            settings.append(Setting(.memory, "oom_kill_disable", legacy: ("memory.oom_control", "1")))
        }
        return settings
    }

    private var processorSettings: [Setting] {
        var settings: [Setting] = []
        if let processorShares {
            settings.append(
                Setting(
                    .cpu, "cpu_shares", legacy: ("cpu.shares", "\(processorShares)"),
                    unified: ("cpu.weight", "\(Self.weight(ofShares: processorShares))")))
        }
        if processorQuota != nil || processorPeriod != nil {
            let period = processorPeriod ?? 100_000
            let quota = processorQuota ?? -1
            let maximum = quota < 0 ? "max" : "\(quota)"
            // Version 1 compares each with the other's present value; a smaller period with no quota always fits.
            settings.append(
                Setting(.cpu, "cpu_period", legacy: ("cpu.cfs_period_us", "\(period)"), unified: nil))
            settings.append(
                Setting(
                    .cpu, "cpu_quota", legacy: ("cpu.cfs_quota_us", "\(quota < 0 ? -1 : quota)"),
                    unified: ("cpu.max", "\(maximum) \(period)")))
        }
        if let processorSet {
            settings.append(
                Setting(
                    .cpuset, "cpuset", legacy: ("cpuset.cpus", processorSet),
                    unified: ("cpuset.cpus", processorSet)))
        }
        return settings
    }

    /// From 2...262144 to 1...10000, as runc and systemd convert.
    static func weight(ofShares shares: Int64) -> Int64 { 1 + (max(2, min(shares, 262_144)) - 2) * 9999 / 262_142 }

    private var diskSettings: [Setting] {
        var settings: [Setting] = []
        if let diskWeight {
            // From 10...1000 to 1...10000, as runc does.
            let weight = 1 + (diskWeight - 10) * 9999 / 990
            settings.append(
                Setting(
                    .blkio, "blkio_config.weight", legacy: ("blkio.bfq.weight", "\(diskWeight)"),
                    unified: ("io.weight", "default \(weight)")))
        }
        return settings + disks.map(\.setting)
    }
}

extension DiskLimit {
    fileprivate var setting: Setting {
        let device = "\(major):\(minor)"
        let (name, legacy, unified) =
            switch kind {
            case .weight: ("weight_device", "bfq.weight_device", "")
            case .readBytes: ("device_read_bps", "throttle.read_bps_device", "rbps")
            case .writeBytes: ("device_write_bps", "throttle.write_bps_device", "wbps")
            case .readOperations: ("device_read_iops", "throttle.read_iops_device", "riops")
            case .writeOperations: ("device_write_iops", "throttle.write_iops_device", "wiops")
            }
        return Setting(
            .blkio, "blkio_config.\(name)", legacy: ("blkio.\(legacy)", "\(device) \(value)"),
            unified: kind == .weight
                ? ("io.weight", "\(device) \(1 + (value - 10) * 9999 / 990)")
                : ("io.max", "\(device) \(unified)=\(value)"))
    }
}
