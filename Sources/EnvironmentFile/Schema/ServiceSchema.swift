/// One entry of `services:`, with every attribute of the Compose Specification and the additions to it.
enum ServiceSchema {
    /// `depends_on` of a service or the test.
    static let dependencies = Shape.oneOf([
        .list(.string),
        .dictionary(
            .object(
                [
                    "condition": .choice(Dependency.Condition.allCases.map(\.rawValue)), "required": .boolean,
                    "restart": .boolean,
                ], required: ["condition"])),
    ])

    static let service = Shape.object(
        identity.merging(process) { first, _ in first }.merging(storage) { first, _ in first }
            .merging(lifecycle) { first, _ in first }.merging(isolation) { first, _ in first }
            .merging(resources) { first, _ in first }.merging(network) { first, _ in first })

    private static let identity: [String: Shape] = [
        "image": .string,
        "build": .oneOf([.string, BuildSchema.build]),
        "container_name": .string,
        "hostname": .string,
        "labels": .variables,
        "platform": .string,
        "pull_policy": .string,
        "annotations": .variables,
        "attach": .boolean,
        "extends": .oneOf([.string, .object(["service": .string, "file": .string], required: ["service"])]),
        "label_file": .stringOrList,
        "profiles": .list(.string),
        "pull_refresh_after": .string,
        "scale": .integer,
        "provider": .object(
            ["type": .string, "options": .dictionary(.oneOf([.scalar, .list(.scalar)]))], required: ["type"]),
        "models": .oneOf([
            .set(.string),
            .dictionary(.optional(.object(["endpoint_var": .string, "model_var": .string]))),
        ]),
    ]

    private static let process: [String: Shape] = [
        "command": command,
        "entrypoint": command,
        "environment": .variables,
        "env_file": .oneOf([
            .string,
            .list(
                .oneOf([
                    .string,
                    .object(["path": .string, "format": .string, "required": .boolean], required: ["path"]),
                ])),
        ]),
        "user": .string,
        "working_dir": .string,
        "init": .boolean,
        "stop_signal": .string,
        "stop_grace_period": .string,
        "stdin_open": .boolean,
        "tty": .boolean,
    ]

    static let command = Shape.oneOf([.null, .string, .list(.string)])

    private static let storage: [String: Shape] = [
        "volumes": .list(.oneOf([.string, MountSchema.mount])),
        "tmpfs": .stringOrList,
        "configs": .list(.oneOf([.string, MountSchema.grant])),
        "secrets": .list(.oneOf([.string, MountSchema.grant])),
        "read_only": .boolean,
        "shm_size": .stringOrNumber,
        "storage_opt": .dictionary(.scalar),
        "volumes_from": .list(.string),
        "devices": .list(
            .oneOf([
                .string,
                .object(["source": .string, "target": .string, "permissions": .string], required: ["source"]),
            ])),
    ]

    private static let lifecycle: [String: Shape] = [
        "depends_on": dependencies,
        "healthcheck": .object([
            "test": .stringOrList, "interval": .string, "timeout": .string, "retries": .number,
            "start_period": .string, "start_interval": .string, "disable": .boolean,
        ]),
        "ready": ReadySchema.ready,
        "snapshot": .boolean,
        "seed": .list(.object(["command": command], required: ["command"])),
        "restart": .string,
        "post_start": .list(hook),
        "pre_stop": .list(hook),
        "develop": DeploySchema.develop,
        "deploy": .optional(DeploySchema.deploy),
        "logging": .object(["driver": .string, "options": .dictionary(.oneOf([.stringOrNumber, .null]))]),
    ]

    static let hook = Shape.object(
        [
            "command": command, "user": .string, "privileged": .boolean, "working_dir": .string,
            "environment": .uniqueVariables,
        ], required: ["command"])

    private static let isolation: [String: Shape] = [
        "cap_add": .list(.string),
        "cap_drop": .list(.string),
        "privileged": .boolean,
        "security_opt": .list(.string),
        "cgroup": .choice(["host", "private"]),
        "cgroup_parent": .string,
        "credential_spec": .object(["config": .string, "file": .string, "registry": .string]),
        "device_cgroup_rules": .list(.string),
        "group_add": .list(.stringOrInteger),
        "ipc": .string,
        "isolation": .string,
        "pid": .oneOf([.string, .null]),
        "runtime": .string,
        "sysctls": .variables,
        "use_api_socket": .boolean,
        "userns_mode": .string,
        "uts": .string,
    ]

    private static let resources: [String: Shape] = [
        "mem_limit": .stringOrNumber,
        "pids_limit": .number,
        "ulimits": .dictionary(
            .oneOf([.integer, .object(["soft": .integer, "hard": .integer], required: ["soft", "hard"])])),
        "blkio_config": DeploySchema.blkio,
        "cpu_count": .integer,
        "cpu_percent": .number,
        "cpu_period": .number,
        "cpu_quota": .number,
        "cpu_rt_period": .stringOrNumber,
        "cpu_rt_runtime": .stringOrNumber,
        "cpu_shares": .number,
        "cpus": .number,
        "cpuset": .string,
        "gpus": .oneOf([.choice(["all"]), .list(DeploySchema.gpu)]),
        "mem_reservation": .stringOrInteger,
        "mem_swappiness": .stringOrInteger,
        "memswap_limit": .stringOrNumber,
        "oom_kill_disable": .boolean,
        "oom_score_adj": .integer,
    ]

    private static let network: [String: Shape] = [
        "ports": .list(.oneOf([.integer, .string, MountSchema.port])),
        "expose": .list(.stringOrInteger),
        "dns": .stringOrList,
        "dns_opt": .list(.string),
        "dns_search": .stringOrList,
        "domainname": .string,
        "external_links": .list(.string),
        "extra_hosts": .oneOf([.list(.string), .dictionary(.oneOf([.string, .list(.string)]))]),
        "links": .list(.string),
        "mac_address": .string,
        "network_mode": .string,
        "networks": .oneOf([
            .set(.string),
            .dictionary(
                .optional(
                    .object([
                        "aliases": .list(.string), "interface_name": .string, "ipv4_address": .string,
                        "ipv6_address": .string, "link_local_ips": .list(.string), "mac_address": .string,
                        "driver_opts": .dictionary(.stringOrNumber), "priority": .number, "gw_priority": .number,
                    ]))),
        ]),
    ]
}
