/// Tags of the YAML 1.2 core schema, and what they demand of a value.
enum Tag {
    static let prefix = "tag:yaml.org,2002:"
    /// `!` alone: a scalar is a string, whatever it looks like.
    static let nonSpecific = "!"

    /// Whether `tag` belongs to a collection of the other kind, or to a leaf where there is a collection.
    static func fits(_ tag: String, _ content: Node.Content) -> Bool {
        guard tag.hasPrefix(prefix) else { return true }
        let isLeaf = ["null", "bool", "int", "float", "str", "merge"].contains(String(tag.dropFirst(prefix.count)))
        return switch content {
        case .scalar(let scalar):
            tag != prefix + "seq" && tag != prefix + "map" && (!isLeaf || value(of: scalar, tag: tag) != nil)
        case .sequence: !isLeaf && tag != prefix + "map"
        case .mapping: !isLeaf && tag != prefix + "seq"
        }
    }

    /// The value of a leaf with an explicit tag; `nil` where the text is none of that type.
    static func value(of scalar: Scalar, tag: String) -> Value? {
        let text = scalar.text
        switch tag {
        case prefix + "str", nonSpecific: return .string(text)
        case prefix + "null": return CoreSchema.value(ofPlain: text) == .null ? .null : nil
        case prefix + "bool":
            if case .bool(let value) = CoreSchema.value(ofPlain: text) { return .bool(value) }
            return nil
        case prefix + "int":
            if case .int(let value) = CoreSchema.number(text) { return .int(value) }
            return nil
        case prefix + "float":
            return switch CoreSchema.number(text) {
            case .int(let value): .float(Double(value))
            case .float(let value): .float(value)
            default: nil
            }
        default:
            return scalar.style == .plain && !tag.hasPrefix(prefix) ? CoreSchema.value(ofPlain: text) : .string(text)
        }
    }

    /// The tag as people write it: `!!int`, `!reset`.
    static func shortened(_ tag: String) -> String {
        tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    }
}
