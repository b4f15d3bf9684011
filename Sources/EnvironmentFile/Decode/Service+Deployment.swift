import OrderedCollections
import YAML

extension ServiceDecoder {
    /// What `deploy` says beyond limits, replicas and restarts, and the devices that a service asks for.
    static func deployment(_ node: Node, _ decoding: Decoding) -> Deployment? {
        guard let mapping = node.mapping else { return nil }
        var deployment = Deployment()
        deployment.mode = decoding.text(mapping["mode"]).flatMap(Deployment.Mode.init) ?? .replicated
        deployment.endpointMode = decoding.text(mapping["endpoint_mode"]).flatMap(Deployment.EndpointMode.init)
        deployment.labels = mapping["labels"].map(decoding.labels) ?? [:]
        if let placement = mapping["placement"]?.mapping {
            deployment.placement.constraints = decoding.locatedTexts(placement["constraints"])
            deployment.placement.spread = (placement["preferences"]?.sequence ?? []).compactMap {
                decoding.text($0.mapping?["spread"])
            }
            deployment.placement.maximumPerNode = placement["max_replicas_per_node"].flatMap {
                decoding.integer($0, "'max_replicas_per_node'", in: 0...(.max), .invalidValue)
            }.flatMap { $0 == 0 ? nil : $0 }
        }
        deployment.update = mapping["update_config"].flatMap { updatePolicy($0, decoding) }
        deployment.rollback = mapping["rollback_config"].flatMap { updatePolicy($0, decoding) }
        if let reserved = mapping["resources"]?.mapping?["reservations"]?.mapping {
            deployment.reservations = reservations(reserved, decoding)
        }
        return deployment
    }

    private static func updatePolicy(_ node: Node, _ decoding: Decoding) -> Deployment.UpdatePolicy? {
        guard let mapping = node.mapping else { return nil }
        var policy = Deployment.UpdatePolicy(position: node.position)
        if let count = mapping["parallelism"] {
            policy.parallelism = decoding.integer(count, "'parallelism'", in: 0...(.max), .invalidValue) ?? 1
        }
        if let delay = mapping["delay"] { policy.delay = decoding.duration(delay, "'delay'") ?? .zero }
        policy.failureAction = decoding.text(mapping["failure_action"])
            .flatMap(Deployment.UpdatePolicy.FailureAction.init)
        policy.monitor = mapping["monitor"].flatMap { decoding.duration($0, "'monitor'") }
        policy.maximumFailureRatio = mapping["max_failure_ratio"]?.text.flatMap { Double($0) } ?? 0
        policy.order = decoding.text(mapping["order"]).flatMap(Deployment.UpdatePolicy.Order.init) ?? .stopFirst
        return policy
    }

    private static func reservations(_ mapping: Mapping, _ decoding: Decoding) -> Deployment.Reservations {
        var result = Deployment.Reservations()
        result.processors = mapping["cpus"]?.text.flatMap { Double($0) }
        result.devices = deviceRequests(mapping["devices"], decoding)
        for item in mapping["generic_resources"]?.sequence ?? [] {
            guard let resource = item.mapping?["discrete_resource_spec"]?.mapping,
                let kind = decoding.text(resource["kind"])
            else { continue }
            result.genericResources[kind] = resource["value"].flatMap(ScalarText.integer) ?? 0
        }
        return result
    }

    /// `gpus`, or the devices of a reservation.
    static func deviceRequests(_ node: Node?, _ decoding: Decoding) -> [DeviceRequest] {
        guard let node else { return [] }
        // A service that asks for `all` of its graphics processors asks once.
        if node.text == "all" { return [DeviceRequest(capabilities: [], position: node.position)] }
        return (node.sequence ?? []).compactMap { item in
            guard let mapping = item.mapping else { return nil }
            var request = DeviceRequest(
                capabilities: mapping["capabilities"].map(decoding.texts) ?? [],
                driver: decoding.text(mapping["driver"]), options: mapping["options"].map(decoding.labels) ?? [:],
                position: item.position)
            if let identifiers = mapping["device_ids"] {
                request.choice = .identifiers(decoding.texts(identifiers))
            } else if let count = mapping["count"].flatMap(ScalarText.integer) {
                request.choice = .count(count)
            }
            return request
        }
    }
}
