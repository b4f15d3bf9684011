/// A value of the resolved model, ready to be printed: no position, no variable, no short form is left in it.
public indirect enum ResolvedValue: Hashable, Sendable {
    /// One entry of a map.
    public struct Entry: Hashable, Sendable {
        /// Unique in its map.
        public var key: String
        /// What the key stands for.
        public var value: ResolvedValue

        /// Pairs a key with a value.
        public init(_ key: String, _ value: ResolvedValue) {
            self.key = key
            self.value = value
        }
    }

    case null
    case bool(Bool)
    case integer(Int64)
    /// A number of single precision, as Compose keeps processors and ratios.
    case float(Float)
    case double(Double)
    case string(String)
    case list([ResolvedValue])
    /// Entries in the order in which they are printed.
    case map([Entry])

    /// The value of a map's key; `nil` where there is none, or this is no map.
    public subscript(key: String) -> ResolvedValue? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The keys of a map, in order; none for anything else.
    public var keys: [String] {
        guard case .map(let entries) = self else { return [] }
        return entries.map(\.key)
    }

    /// The text of a string.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Null, or a list or map without elements.
    var isEmpty: Bool {
        switch self {
        case .null: true
        case .list(let elements): elements.isEmpty
        case .map(let entries): entries.isEmpty
        default: false
        }
    }

    /// The same value with every string changed.
    func mappingStrings(_ body: (String) -> String) -> ResolvedValue {
        switch self {
        case .string(let text): .string(body(text))
        case .list(let elements): .list(elements.map { $0.mappingStrings(body) })
        case .map(let entries): .map(entries.map { Entry(body($0.key), $0.value.mappingStrings(body)) })
        default: self
        }
    }

    /// The same value, the keys of every map in it sorted by `order`.
    func sorted(by order: (String, String) -> Bool) -> ResolvedValue {
        switch self {
        case .list(let elements): .list(elements.map { $0.sorted(by: order) })
        case .map(let entries):
            .map(entries.map { Entry($0.key, $0.value.sorted(by: order)) }.sorted { order($0.key, $1.key) })
        default: self
        }
    }
}
