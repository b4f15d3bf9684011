/// `build:`.
enum BuildSchema {
    static let build = Shape.object([
        "packages": .list(.string),
        "distribution": .string,
        "context": .string,
        "dockerfile": .string,
        "dockerfile_inline": .string,
        "entitlements": .list(.string),
        "args": .variables,
        "ssh": .uniqueVariables,
        "labels": .variables,
        "cache_from": .list(.string),
        "cache_to": .list(.string),
        "no_cache": .boolean,
        "no_cache_filter": .stringOrList,
        "additional_contexts": .variables,
        "network": .string,
        "provenance": .oneOf([.string, .boolean]),
        "sbom": .oneOf([.string, .boolean]),
        "pull": .boolean,
        "target": .string,
        "shm_size": .stringOrInteger,
        "extra_hosts": .oneOf([.list(.string), .dictionary(.oneOf([.string, .list(.string)]))]),
        "isolation": .string,
        "privileged": .boolean,
        "secrets": .list(.oneOf([.string, MountSchema.grant])),
        "tags": .list(.string),
        "ulimits": .dictionary(
            .oneOf([.integer, .object(["soft": .integer, "hard": .integer], required: ["soft", "hard"])])),
        "platforms": .list(.string),
    ])
}
