/// `deploy:`, `develop:` and what they share with other attributes.
enum DeploySchema {
    static let deploy = Shape.object([
        "mode": .string,
        "endpoint_mode": .string,
        "replicas": .integer,
        "labels": .variables,
        "rollback_config": update,
        "update_config": update,
        "resources": .object(["limits": limits, "reservations": reservations]),
        "restart_policy": .object([
            "condition": .string, "delay": .string, "max_attempts": .integer, "window": .string,
        ]),
        "placement": .object([
            "constraints": .list(.string), "preferences": .list(.object(["spread": .string])),
            "max_replicas_per_node": .integer,
        ]),
    ])

    private static let limits = Shape.object([
        "memory": .string, "pids": .integer, "cpus": .stringOrNumber,
    ])

    private static let update = Shape.object([
        "parallelism": .integer, "delay": .string, "failure_action": .string, "monitor": .string,
        "max_failure_ratio": .number, "order": .choice(["start-first", "stop-first"]),
    ])

    private static let reservations = Shape.object([
        "cpus": .stringOrNumber,
        "memory": .string,
        "generic_resources": .list(
            .object(["discrete_resource_spec": .object(["kind": .string, "value": .number])])),
        "devices": .list(device),
    ])

    private static let deviceFields: [String: Shape] = [
        "capabilities": .set(.string), "count": .stringOrInteger, "device_ids": .set(.string),
        "driver": .string, "options": .uniqueVariables,
    ]

    static let device = Shape.object(deviceFields, required: ["capabilities"])

    static let gpu = Shape.object(deviceFields)

    static let develop = Shape.optional(
        .object([
            "watch": .list(
                .object(
                    [
                        "path": .string,
                        "action": .choice(["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
                        "target": .string, "ignore": .stringOrSet, "include": .stringOrSet,
                        "initial_sync": .boolean,
                        "exec": ServiceSchema.hook,
                    ], required: ["path", "action"]))
        ]))

    static let blkio = Shape.object([
        "weight": .integer,
        "weight_device": .list(.object(["path": .string, "weight": .integer])),
        "device_read_bps": .list(rate),
        "device_read_iops": .list(rate),
        "device_write_bps": .list(rate),
        "device_write_iops": .list(rate),
    ])

    private static let rate = Shape.object(["path": .string, "rate": .stringOrInteger])
}
