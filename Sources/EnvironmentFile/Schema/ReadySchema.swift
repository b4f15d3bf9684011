/// `ready:`, one condition or several keys in one mapping, or a list of such mappings.
enum ReadySchema {
    static let ready = Shape.oneOf([condition, .list(condition)])

    static let condition = Shape.object([
        "tcp": .integer,
        "http": .oneOf([
            .integer,
            .object(["port": .integer, "path": .string, "status": .integer], required: ["port"]),
        ]),
        "log": .string,
        "file": .string,
        "exec": .oneOf([.string, .list(.string)]),
        "all": .boolean,
        "timeout": .string,
    ])
}
