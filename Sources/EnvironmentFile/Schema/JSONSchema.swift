/// The shapes of an environment file as a JSON Schema (draft-07, which editors know best): for completion, hover texts
/// and checks while typing.
///
/// Made of the very shapes that check the file, so it accepts what they accept. Besides, a variable may stand for every
/// single value, since the schema sees the text before variables are put in.
public struct JSONSchema: Encodable, Sendable {
    private let root: JSONSchemaValue

    /// The schema of the whole file.
    public init() {
        guard case .object(var fields) = Self.schema(of: FileSchema.file, at: "") else {
            root = .object([:])
            return
        }
        fields["$schema"] = .string("http://json-schema.org/draft-07/schema#")
        fields["title"] = .string("harness environment file")
        fields["description"] = .string(
            "The Compose Specification and the additions of harness, as this version of harness takes them.")
        root = .object(fields)
    }

    /// Encodes the schema as one document.
    public func encode(to encoder: any Encoder) throws { try root.encode(to: encoder) }

    private static func schema(of shape: Shape, at path: String) -> JSONSchemaValue {
        let prefix = path.isEmpty ? "" : path + "."
        switch shape {
        case .any: return .object([:])
        case .string: return type("string")
        case .null: return type("null")
        case .integer: return orText(type("integer"), "^[-+]?[0-9]+$|^0o[0-7]+$|^0x[0-9a-fA-F]+$")
        case .number: return orText(type("number"), "^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
        case .boolean: return orText(type("boolean"), booleanText)
        case .stringOrNumber: return type("string", "number")
        case .stringOrInteger: return type("string", "integer")
        case .scalar: return type("string", "number", "boolean", "null")
        case .choice(let values): return orText(.object(["enum": .array(values.map { .string($0) })]), nil)
        case .list(let element): return type("array", ["items": schema(of: element, at: path)])
        case .set(let element):
            return type("array", ["items": schema(of: element, at: path), "uniqueItems": .bool(true)])
        case .dictionary(let value):
            return type("object", ["additionalProperties": schema(of: value, at: prefix + "*")])
        case .oneOf(let shapes): return .object(["anyOf": .array(shapes.map { schema(of: $0, at: path) })])
        case .object(let fields, let required): return object(fields, required: required, at: path, prefix)
        }
    }

    private static func object(
        _ fields: [String: Shape], required: [String], at path: String, _ prefix: String
    ) -> JSONSchemaValue {
        var properties: [String: JSONSchemaValue] = [:]
        for (key, shape) in fields {
            let attribute = prefix + key
            properties[key] = described(schema(of: shape, at: attribute), attribute)
        }
        // The other spelling of the additions is checked as well.
        for (name, key) in Additions.names(at: path) { properties[name] = properties[key] }
        var result: [String: JSONSchemaValue] = [
            "properties": .object(properties), "patternProperties": .object(["^x-": .object([:])]),
            "additionalProperties": .bool(false),
        ]
        if !required.isEmpty { result["required"] = .array(required.map { .string($0) }) }
        return type("object", result)
    }

    /// With what the reference says about an attribute, and what the support table says.
    private static func described(_ schema: JSONSchemaValue, _ path: String) -> JSONSchemaValue {
        guard case .object(var fields) = schema else { return schema }
        var text = [AttributeReference.text(of: path)].compactMap(\.self)
        switch SupportTable.support(of: path) {
        case .honoured: break
        case .partly(let what): text.append("Honoured in part: \(what).")
        case .accepted(let reason): text.append("No effect: \(reason).")
        case .ignored: text.append("Not honoured by this version of harness.")
        case .obsolete:
            text.append("Obsolete.")
            fields["deprecationMessage"] = .string("'\(path)' is obsolete")
        }
        if !text.isEmpty { fields["description"] = .string(text.joined(separator: " ")) }
        return .object(fields)
    }

    private static func type(_ names: String..., and fields: [String: JSONSchemaValue] = [:]) -> JSONSchemaValue {
        let value = names.count == 1 ? JSONSchemaValue.string(names[0]) : .array(names.map { .string($0) })
        return .object(fields.merging(["type": value]) { first, _ in first })
    }

    private static func type(_ name: String, _ fields: [String: JSONSchemaValue]) -> JSONSchemaValue {
        type(name, and: fields)
    }

    /// Also as text of this form, and as text with a variable in it.
    private static func orText(_ schema: JSONSchemaValue, _ pattern: String?) -> JSONSchemaValue {
        let form = pattern.map { $0 + "|\\$" } ?? "\\$"
        return .object(["anyOf": .array([schema, type("string", ["pattern": .string(form)])])])
    }

    /// The words of ``ScalarText/boolean(_:)``.
    private static let booleanText =
        "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy]([Ee][Ss])?|[Nn][Oo]?|[Oo][Nn]|[Oo][Ff][Ff])$"
}

/// A value of JSON.
indirect enum JSONSchemaValue: Encodable, Sendable {
    case bool(Bool)
    case string(String)
    case array([JSONSchemaValue])
    case object([String: JSONSchemaValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let fields): try container.encode(fields)
        }
    }
}
