/// Keys and values in the order of the file.
public struct Mapping: Sendable {
    /// One key with its value.
    public struct Entry: Sendable {
        /// Usually a scalar.
        public var key: Node
        /// What the key stands for.
        public var value: Node

        /// Pairs a key with a value.
        public init(key: Node, value: Node) {
            self.key = key
            self.value = value
        }
    }

    /// Own entries and merged ones.
    public let entries: [Entry]
    /// Where each textual key is, once there are enough to make looking through them slow.
    private let index: [String: Int]?

    private static let indexThreshold = 12

    /// Makes a mapping; of entries with the same key the first is found.
    public init(_ entries: [Entry]) {
        self.entries = entries
        guard entries.count > Self.indexThreshold else {
            index = nil
            return
        }
        var index: [String: Int] = Dictionary(minimumCapacity: entries.count)
        for (offset, entry) in entries.enumerated() {
            guard let key = entry.key.text, index[key] == nil else { continue }
            index[key] = offset
        }
        self.index = index
    }

    /// The entry whose key has this text.
    public func entry(_ key: String) -> Entry? {
        if let index { return index[key].map { entries[$0] } }
        return entries.first { $0.key.text == key }
    }

    /// The value whose key has this text.
    public subscript(key: String) -> Node? { entry(key)?.value }
}
