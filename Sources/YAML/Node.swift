/// One value of a document, with its place.
///
/// Nodes are shared, never copied: an alias is the very node that its anchor marks.
public final class Node: Sendable {
    /// What kind of value it is.
    public enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        case mapping(Mapping)
    }

    /// The value itself.
    public let content: Content
    /// The tag as resolved (`tag:yaml.org,2002:int`, `!reset`), or `nil` where none was written.
    public let tag: String?
    /// The path as the user wrote it.
    public let file: String
    private let lineNumber: UInt32
    private let columnNumber: UInt32
    /// The nodes from here down, aliases counted as often as they are used, long scalars by their ``Scalar/weight``.
    public let expandedCount: Int

    /// Makes a node for the given place.
    public init(_ content: Content, tag: String? = nil, at position: SourcePosition) {
        self.content = content
        self.tag = tag
        file = position.file
        lineNumber = UInt32(clamping: position.line)
        columnNumber = UInt32(clamping: position.column)
        expandedCount = Self.count(content)
    }

    /// Makes a node that stands where `origin` stands.
    public convenience init(_ content: Content, tag: String? = nil, at origin: Node) {
        self.init(content, tag: tag, at: origin.position)
    }

    /// Where the value begins: for a collection in block style, its first entry.
    public var position: SourcePosition {
        SourcePosition(file: file, line: line, column: column)
    }

    /// Counted from 1.
    public var line: Int { Int(lineNumber) }
    /// Counted from 1, in Unicode scalars.
    public var column: Int { Int(columnNumber) }

    /// The leaf, unless this is a collection.
    public var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// The leaf's text, unless this is a collection.
    public var text: String? { scalar?.text }

    /// The entries, unless this is something else than a mapping.
    public var mapping: Mapping? {
        if case .mapping(let mapping) = content { mapping } else { nil }
    }

    /// The elements, unless this is something else than a sequence.
    public var sequence: [Node]? {
        if case .sequence(let nodes) = content { nodes } else { nil }
    }

    /// The leaf's value by the core schema; `nil` for a collection.
    public var value: Value? {
        guard let scalar else { return nil }
        return switch tag {
        case nil where scalar.style == .plain: CoreSchema.value(ofPlain: scalar.text)
        case nil: .string(scalar.text)
        case let tag?: Tag.value(of: scalar, tag: tag) ?? .string(scalar.text)
        }
    }

    /// Nothing was written, or one of the ways to write null.
    public var isNull: Bool {
        guard let scalar, scalar.style == .plain || tag != nil else { return false }
        return value == .null
    }

    private static func count(_ content: Content) -> Int {
        switch content {
        case .scalar(let scalar): scalar.weight
        case .sequence(let nodes): nodes.reduce(1) { $0 &+ $1.expandedCount }
        case .mapping(let mapping):
            mapping.entries.reduce(1) { $0 &+ $1.key.expandedCount &+ $1.value.expandedCount }
        }
    }
}
