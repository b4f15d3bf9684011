import Foundation

/// As much of JSON Schema draft-07 as the schema of environment files uses; an unknown keyword is a mistake.
struct SchemaValidator {
    let schema: [String: Any]

    private static let annotations: Set = ["$schema", "title", "description", "deprecationMessage"]

    /// What is wrong with a document, with the path to it.
    func problems(of document: Any) throws -> [String] { try problems(of: document, schema, "") }

    private func problems(of value: Any, _ schema: [String: Any], _ path: String) throws -> [String] {
        var result: [String] = []
        for (keyword, argument) in schema {
            switch keyword {
            case "type":
                let types = argument as? [String] ?? [argument as? String ?? ""]
                if !types.contains(where: { Self.has($0, value) }) { result.append("\(path): is no \(types)") }
            case "enum":
                let values = argument as? [String] ?? []
                if (value as? String).map({ !values.contains($0) }) ?? true {
                    result.append("\(path): not in \(values)")
                }
            case "pattern":
                guard let text = value as? String, let pattern = argument as? String else { continue }
                let expression = try NSRegularExpression(pattern: pattern)
                let range = NSRange(text.startIndex..., in: text)
                if expression.firstMatch(in: text, range: range) == nil { result.append("\(path): not \(pattern)") }
            case "anyOf":
                let all = try (argument as? [[String: Any]] ?? []).map { try problems(of: value, $0, path) }
                if !all.contains(where: \.isEmpty) { result += all.min { $0.count < $1.count } ?? ["\(path): never"] }
            case "items":
                for (index, element) in (value as? [Any] ?? []).enumerated() {
                    result += try problems(of: element, argument as? [String: Any] ?? [:], "\(path)/\(index)")
                }
            case "uniqueItems":
                let texts = (value as? [Any] ?? []).compactMap { $0 as? String }
                if Set(texts).count < texts.count { result.append("\(path): has something twice") }
            case "required":
                guard let object = value as? [String: Any] else { continue }
                result += (argument as? [String] ?? []).filter { object[$0] == nil }.map { "\(path): lacks \($0)" }
            case "properties":
                guard let object = value as? [String: Any] else { continue }
                result += try members(of: object, schema, path)
            case "patternProperties": continue
            case "additionalProperties":
                guard schema["properties"] == nil, let object = value as? [String: Any] else { continue }
                result += try members(of: object, schema, path)
            default:
                if !Self.annotations.contains(keyword) { result.append("\(path): unknown keyword \(keyword)") }
            }
        }
        return result
    }

    private func members(of object: [String: Any], _ schema: [String: Any], _ path: String) throws -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        let isOpen = schema["patternProperties"] != nil
        return try object.flatMap { key, value in
            if let property = properties[key] { return try problems(of: value, property, "\(path)/\(key)") }
            if isOpen, key.hasPrefix("x-") { return [] }
            if let other = schema["additionalProperties"] as? [String: Any] {
                return try problems(of: value, other, "\(path)/\(key)")
            }
            return ["\(path): has \(key)"]
        }
    }

    /// Booleans are `Bool` here and numbers `Double`, so that neither is taken for the other.
    private static func has(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "string": value is String
        case "boolean": value is Bool
        case "number": value is Double
        case "integer": (value as? Double).map { $0.rounded() == $0 } ?? false
        case "null": value is NSNull
        case "array": value is [Any]
        case "object": value is [String: Any]
        default: false
        }
    }
}
