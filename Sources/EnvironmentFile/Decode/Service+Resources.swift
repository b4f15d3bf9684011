import YAML

extension ServiceDecoder {
    /// Bounds on processor, memory and disks.
    static let resourceAttributes: [String: ServiceAttribute] = [
        "cpus": { node, service, decoding in setProcessors(processors(node, decoding), node, &service, decoding) },
        "cpu_shares": { node, service, decoding in
            service.resources.processorShares = bound(node, "'cpu_shares'", 2...262_144, decoding)
        },
        "cpu_quota": { node, service, decoding in
            service.resources.processorQuota = bound(node, "'cpu_quota'", -1 ... .max, decoding)
        },
        "cpu_period": { node, service, decoding in
            service.resources.processorPeriod = bound(node, "'cpu_period'", 1000...1_000_000, decoding)
        },
        "cpuset": { node, service, decoding in service.resources.processorSet = processorSet(node, decoding) },
        "memswap_limit": { node, service, decoding in
            service.resources.memoryAndSwap = node.text == "-1" ? -1 : decoding.size(node, "'memswap_limit'")
        },
        "mem_swappiness": { node, service, decoding in
            service.resources.swappiness = swappiness(node, decoding)
        },
        "mem_reservation": { node, service, decoding in
            setReservation(decoding.size(node, "'mem_reservation'"), node, &service, decoding)
        },
        "oom_kill_disable": { node, service, decoding in
            service.resources.disablesOutOfMemoryKill = decoding.boolean(node) ?? false
        },
        "blkio_config": { node, service, decoding in service.resources.disks = disks(node, decoding) },
    ]

    /// Takes what `deploy.resources` has beyond the limits of memory and processes.
    static func decodeDeployedResources(_ node: Node, _ service: inout Service, _ decoding: Decoding) {
        let resources = node.mapping?["resources"]?.mapping
        if let cpus = resources?["limits"]?.mapping?["cpus"] {
            setProcessors(processors(cpus, decoding), cpus, &service, decoding)
        }
        let reservations = resources?["reservations"]?.mapping
        if let memory = reservations?["memory"] {
            setReservation(decoding.size(memory, "'memory'"), memory, &service, decoding)
        }
        for name in ["cpus", "generic_resources", "devices"] {
            guard let entry = reservations?.entry(name) else { continue }
            decoding.diagnostics.warning(
                .notHonoured, at: entry.key, "'\(name)' can't be reserved: this machine has no scheduler for it")
        }
    }

    private static func setReservation(
        _ value: Int64?, _ node: Node, _ service: inout Service, _ decoding: Decoding
    ) {
        guard let value else { return }
        if let other = service.resources.memoryReservation, other != value {
            decoding.diagnostics.error(
                .conflict, at: node,
                "'mem_reservation' and 'deploy.resources.reservations.memory' differ: \(other) and \(value)",
                remedy: "give it in one place only")
        }
        service.resources.memoryReservation = value
    }

    private static func setProcessors(
        _ value: Double?, _ node: Node, _ service: inout Service, _ decoding: Decoding
    ) {
        guard let value else { return }
        if let other = service.resources.processors, other != value {
            decoding.diagnostics.error(
                .conflict, at: node, "'cpus' and 'deploy.resources.limits.cpus' differ: \(other) and \(value)",
                remedy: "give it in one place only")
        }
        service.resources.processors = value
    }

    /// A number of processors, also a part of one; 0 is none given, as Docker has it.
    private static func processors(_ node: Node, _ decoding: Decoding) -> Double? {
        guard let text = decoding.text(node) else { return nil }
        guard let value = Double(text), value >= 0, value <= 65536 else {
            decoding.diagnostics.error(
                Double(text) == nil ? .invalidValue : .unusable, at: node, "'\(text)' is not a number of processors",
                remedy: "write '0.5' or '2'")
            return nil
        }
        return value == 0 ? nil : value
    }

    private static func swappiness(_ node: Node, _ decoding: Decoding) -> Int64? {
        guard let value = SizeText.parse(node) else { return decoding.size(node, "'mem_swappiness'") }
        guard (0...100).contains(value) else {
            decoding.diagnostics.error(.unusable, at: node, "'mem_swappiness' must be 0 to 100, not \(value)")
            return nil
        }
        return value
    }

    private static func bound(
        _ node: Node, _ name: String, _ range: ClosedRange<Int64>, _ decoding: Decoding
    ) -> Int64? {
        decoding.integer(node, name, in: range)
    }

    /// `0-3,7` (cpuset(7), list format).
    private static func processorSet(_ node: Node, _ decoding: Decoding) -> String? {
        guard let text = decoding.text(node), !text.isEmpty else { return nil }
        let isValid = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { range in
            let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            switch ends.count {
            case 1: return ends[0] != nil
            case 2: return ends[0].flatMap { first in ends[1].map { first <= $0 } } ?? false
            default: return false
            }
        }
        guard isValid else {
            decoding.diagnostics.error(
                .unusable, at: node, "'\(text)' is not a list of processors", remedy: "write '0-3' or '0,2'")
            return nil
        }
        return text
    }

    private static func disks(_ node: Node, _ decoding: Decoding) -> DiskBounds {
        var disks = DiskBounds()
        let mapping = node.mapping
        if let weight = mapping?["weight"] { disks.weight = decoding.integer(weight, "'weight'", in: 10...1000) }
        disks.weights = rates(mapping?["weight_device"], "weight", decoding)
        disks.readBytes = rates(mapping?["device_read_bps"], "rate", decoding)
        disks.writeBytes = rates(mapping?["device_write_bps"], "rate", decoding)
        disks.readOperations = rates(mapping?["device_read_iops"], "rate", decoding)
        disks.writeOperations = rates(mapping?["device_write_iops"], "rate", decoding)
        return disks
    }

    private static func rates(_ node: Node?, _ field: String, _ decoding: Decoding) -> [DiskBounds.Rate] {
        (node?.sequence ?? []).compactMap { item in
            guard let mapping = item.mapping, let path = decoding.text(mapping["path"]), let value = mapping[field],
                let number = decoding.size(value, "'\(field)'")
            else { return nil }
            return DiskBounds.Rate(path: path, value: number, position: item.position)
        }
    }
}
