import YAML

/// A JSON value compared by meaning: 1 equals 1.0, the order of keys is irrelevant.
enum JSONValue: Hashable, Sendable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    init(_ node: Node) {
        switch node.content {
        case .sequence(let nodes): self = .list(nodes.map(JSONValue.init))
        case .mapping(let mapping):
            let pairs = mapping.entries.map { ($0.key.text ?? "", JSONValue($0.value)) }
            self = .object(Dictionary(pairs) { first, _ in first })
        case .scalar:
            switch node.value {
            case .bool(let value): self = .bool(value)
            case .int(let value): self = .number(Double(value))
            case .float(let value): self = .number(value)
            case .string(let value): self = .string(value)
            case .null, nil: self = .null
            }
        }
    }
}
