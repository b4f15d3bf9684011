/// What a node must look like: the vocabulary in which the Compose Specification is written down here.
indirect enum Shape: Sendable {
    case any
    /// Text. A number or a boolean must be quoted to be one.
    case string
    case integer
    case number
    case boolean
    /// Text or a number, such as a size.
    case stringOrNumber
    /// Text or a whole number, such as a port.
    case stringOrInteger
    /// Text, a number, a boolean or nothing, such as a variable's value.
    case scalar
    case null
    case choice([String])
    case list(Shape)
    /// A list that has nothing twice.
    case set(Shape)
    /// Known keys only, and `x-` ones.
    case object([String: Shape], required: [String])
    /// Any key.
    case dictionary(Shape)
    /// Alternatives of different kinds.
    case oneOf([Shape])

    static func object(_ fields: [String: Shape]) -> Shape { .object(fields, required: []) }

    /// `shape` or nothing.
    static func optional(_ shape: Shape) -> Shape { .oneOf([.null, shape]) }

    static let stringOrList = Shape.oneOf([.string, .list(.string)])
    /// A mapping, or a list of `KEY=value`.
    static let variables = Shape.oneOf([.dictionary(.scalar), .list(.string)])
    /// As ``variables``, in a place where saying something twice is a mistake.
    static let uniqueVariables = Shape.oneOf([.dictionary(.scalar), .set(.string)])
    static let stringOrSet = Shape.oneOf([.string, .set(.string)])

    /// In words, for "must be …".
    var description: String {
        switch self {
        case .any: "anything"
        case .string: "a string"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .stringOrNumber: "a string or a number"
        case .stringOrInteger: "a string or a whole number"
        case .scalar: "a single value"
        case .null: "empty"
        case .choice(let values): "one of " + values.map { "'\($0)'" }.joined(separator: ", ")
        case .list, .set: "a list"
        case .object, .dictionary: "a mapping"
        case .oneOf(let shapes):
            shapes.filter { !$0.isNull }.map(\.description).joined(separator: " or ")
        }
    }

    private var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
