/// The top level of an environment file, and what is below it apart from services.
enum FileSchema {
    static let file = Shape.object([
        "version": .string,
        "name": .string,
        "include": .optional(.list(.oneOf([.string, include]))),
        "services": .dictionary(ServiceSchema.service),
        "networks": .dictionary(.optional(network)),
        "volumes": .dictionary(.optional(volume)),
        "configs": .dictionary(.optional(config)),
        "secrets": .dictionary(.optional(secret)),
        "models": .dictionary(model),
        "test": test,
    ])

    static let include = Shape.object([
        "path": .stringOrList, "env_file": .optional(.stringOrList), "project_directory": .optional(.string),
    ])

    static let network = Shape.object([
        "name": .string, "driver": .string, "driver_opts": .dictionary(.stringOrNumber), "ipam": ipam,
        "external": external, "internal": .boolean, "enable_ipv4": .boolean, "enable_ipv6": .boolean,
        "attachable": .boolean, "labels": .variables,
    ])

    static let ipam = Shape.object([
        "driver": .string,
        "config": .list(
            .object([
                "subnet": .string, "ip_range": .string, "gateway": .string, "aux_addresses": .dictionary(.string),
            ])),
        "options": .dictionary(.string),
    ])

    static let volume = Shape.object([
        "name": .string, "driver": .string, "driver_opts": .dictionary(.stringOrNumber),
        "external": external, "labels": .uniqueVariables,
    ])

    static let config = Shape.object([
        "name": .string, "content": .string, "environment": .string, "file": .string,
        "external": external, "labels": .variables, "template_driver": .string,
    ])

    static let secret = Shape.object([
        "name": .string, "environment": .string, "file": .string, "external": external,
        "labels": .variables, "driver": .string,
        "driver_opts": .dictionary(.stringOrNumber), "template_driver": .string,
    ])

    /// Whether a `config` or `secret` may have this key.
    static func isKnown(_ key: String, in kind: String) -> Bool {
        guard case .object(let fields, _) = kind == "config" ? config : secret else { return false }
        return fields[key] != nil || key.hasPrefix("x-")
    }

    static let model = Shape.object(
        [
            "name": .string, "model": .string, "context_size": .integer, "runtime_flags": .list(.string),
        ], required: ["model"])

    static let external = Shape.oneOf([.boolean, .object(["name": .string])])

    static let test = Shape.object([
        "command": .oneOf([.string, .list(.scalar)]),
        "depends_on": ServiceSchema.dependencies,
        "on": .oneOf([.string, .object(["image": .string], required: ["image"])]),
        "environment": .variables,
        "working_dir": .string,
        "timeout": .string,
        "shards": .integer,
        "matrix": .dictionary(.list(.scalar)),
        "artifacts": .stringOrList,
    ])
}
