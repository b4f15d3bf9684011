/// What is not, or not fully, honoured: one line an attribute; whatever is not listed here is honoured.
///
/// The warnings about attributes, the reference (Documentation/environment-file.md) and the JSON Schema are made of this
/// table. Who makes an attribute work removes its line. An entry covers everything below its path. A list's elements
/// have the list's path; `*` stands for any name.
enum SupportTable {
    static let tree = SupportTree(entries)

    /// The support of an attribute: its own entry's, or that of what it is in, where that has no effect as a whole.
    static func support(of path: String) -> Support {
        var node: SupportTree? = tree
        for part in path.split(separator: ".") {
            node = node?[String(part)]
            switch node?.support {
            case .ignored, .accepted, .obsolete: return node?.support ?? .honoured
            case .honoured, .partly, nil: continue
            }
        }
        return node?.support ?? .honoured
    }

    static let entries: KeyValuePairs<String, Support> = [
        // The file.
        "version": .obsolete,
        "models": .ignored,

        // Networks.
        "networks.*.attachable": .partly("'false' only"),
        "networks.*.driver": .partly("'bridge' only"),
        "networks.*.driver_opts": .partly("'com.docker.network.driver.mtu' only"),
        "networks.*.enable_ipv4": .partly("'true' only"),
        "networks.*.external": .partly("an external network that a service uses is an error"),
        "networks.*.ipam.config": .partly("the first subnet of each version of the protocol"),
        "networks.*.ipam.driver": .partly("'default' only"),
        "networks.*.ipam.options": .ignored,

        // Volumes, configs, secrets.
        "volumes.*.driver": .partly("'local' only"),
        "volumes.*.driver_opts": .ignored,
        "configs.*.name": .ignored,
        "configs.*.external": .ignored,
        "configs.*.labels": .ignored,
        "configs.*.template_driver": .ignored,
        "secrets.*.name": .ignored,
        "secrets.*.external": .ignored,
        "secrets.*.labels": .ignored,
        "secrets.*.driver": .ignored,
        "secrets.*.driver_opts": .ignored,
        "secrets.*.template_driver": .ignored,

        // The test.
        "test.depends_on.*.restart": .accepted("a test does not restart"),
        "test.shards": .ignored,
        "test.matrix": .ignored,
        "test.artifacts": .ignored,

        // Services: identity.
        "services.*.attach": .ignored,
        "services.*.models": .ignored,
        "services.*.provider": .ignored,
        "services.*.pull_refresh_after": .ignored,

        // Services: build.
        "services.*.build.additional_contexts": .ignored,
        "services.*.build.args": .ignored,
        "services.*.build.cache_from": .ignored,
        "services.*.build.cache_to": .ignored,
        "services.*.build.context": .ignored,
        "services.*.build.dockerfile": .ignored,
        "services.*.build.dockerfile_inline": .ignored,
        "services.*.build.entitlements": .ignored,
        "services.*.build.extra_hosts": .ignored,
        "services.*.build.isolation": .ignored,
        "services.*.build.labels": .ignored,
        "services.*.build.network": .ignored,
        "services.*.build.no_cache": .ignored,
        "services.*.build.no_cache_filter": .ignored,
        "services.*.build.platforms": .ignored,
        "services.*.build.privileged": .ignored,
        "services.*.build.provenance": .ignored,
        "services.*.build.pull": .ignored,
        "services.*.build.sbom": .ignored,
        "services.*.build.secrets": .ignored,
        "services.*.build.shm_size": .ignored,
        "services.*.build.ssh": .ignored,
        "services.*.build.tags": .ignored,
        "services.*.build.target": .ignored,
        "services.*.build.ulimits": .ignored,

        // Services: process.

        // Services: storage.
        "services.*.storage_opt": .ignored,
        "services.*.volumes.type": .partly("'bind', 'volume' and 'tmpfs' only"),
        "services.*.volumes.consistency": .ignored,
        "services.*.volumes.bind.propagation": .ignored,
        "services.*.volumes.bind.recursive": .ignored,
        "services.*.volumes.bind.selinux": .ignored,
        "services.*.volumes.image": .ignored,
        "services.*.volumes.volume.labels": .ignored,

        // Services: lifecycle.
        "services.*.logging.driver": .partly("'json-file', 'local' and 'none' only"),
        "services.*.logging.options": .partly("'max-size' and 'max-file' only"),
        "services.*.seed": .ignored,
        "services.*.snapshot": .ignored,
        "services.*.deploy.endpoint_mode": .ignored,
        "services.*.deploy.labels": .ignored,
        "services.*.deploy.mode": .partly("'replicated', and 'global', which is one container on one machine"),
        "services.*.deploy.placement": .ignored,
        "services.*.deploy.rollback_config": .ignored,
        "services.*.deploy.update_config": .ignored,

        // Services: isolation.
        "services.*.cgroup_parent": .ignored,
        "services.*.credential_spec": .ignored,
        "services.*.isolation": .ignored,
        "services.*.runtime": .ignored,
        "services.*.use_api_socket": .ignored,
        "services.*.cgroup": .partly("'private' only"),
        "services.*.devices": .partly("files below /dev, not names of the Container Device Interface"),
        "services.*.ipc": .partly("'host' is shared within the environment, not with the machine"),
        "services.*.pid": .partly("'host' shows the environment's processes, not the machine's"),
        "services.*.security_opt": .partly("no profiles of security modules ('apparmor', 'label')"),
        "services.*.userns_mode": .partly("'host' only"),

        // Services: resources.
        "services.*.cpu_count": .ignored,
        "services.*.cpu_percent": .ignored,
        "services.*.cpu_rt_period": .ignored,
        "services.*.cpu_rt_runtime": .ignored,
        "services.*.gpus": .ignored,

        "services.*.deploy.resources.reservations": .partly("'memory' only"),

        // Services: network.
        "services.*.expose": .accepted("every port is reachable from other services"),
        "services.*.external_links": .ignored(
            remedy: "publish its port and reach it by 'extra_hosts: [NAME:host-gateway]'"),
        "services.*.network_mode": .partly("'container:…' is an error"),
        "services.*.networks.*.driver_opts": .partly("'com.docker.network.endpoint.ifname' only"),
        "services.*.networks.*.link_local_ips": .ignored,
        "services.*.ports.app_protocol": .ignored,
        "services.*.ports.mode": .ignored,
        "services.*.ports.name": .ignored,
        "services.*.ports.protocol": .partly("'tcp' and 'udp' only"),
    ]
}
