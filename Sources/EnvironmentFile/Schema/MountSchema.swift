/// The long forms of `volumes:`, `configs:`, `secrets:` and `ports:` in a service.
enum MountSchema {
    static let mount = Shape.object(
        [
            "type": .choice(["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
            "source": .string,
            "target": .string,
            "read_only": .boolean,
            "consistency": .string,
            "bind": .object([
                "propagation": .string, "create_host_path": .boolean,
                "recursive": .choice(["enabled", "disabled", "writable", "readonly"]),
                "selinux": .choice(["z", "Z"]),
            ]),
            "volume": .object(["nocopy": .boolean, "subpath": .string, "labels": .uniqueVariables]),
            "tmpfs": .object(["size": .stringOrInteger, "mode": .stringOrNumber]),
            "image": .object(["subpath": .string]),
        ], required: ["type"])

    static let grant = Shape.object([
        "source": .string, "target": .string, "uid": .string, "gid": .string, "mode": .stringOrNumber,
    ])

    static let port = Shape.object(
        [
            "name": .string, "mode": .string, "host_ip": .string, "target": .stringOrInteger,
            "published": .stringOrInteger, "protocol": .string, "app_protocol": .string,
        ], required: ["target"])
}
