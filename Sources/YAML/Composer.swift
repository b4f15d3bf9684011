/// Builds nodes from events, with a stack of its own so that depth costs no recursion.
struct Composer {
    /// What came out: every document that was complete, and every mistake that did not stop the reading.
    struct Result {
        var documents: [Node] = []
        var errors: [ParseError] = []
    }

    /// A collection whose end has not been seen.
    private struct Frame {
        var isMapping: Bool
        var position: SourcePosition
        var anchor: String?
        var tag: String?
        var nodes: [Node] = []
    }

    private enum Anchor {
        case open
        case complete(Node)
    }

    private let parser: EventParser
    private let limits: Limits
    private let allowsSeveral: Bool
    private var result = Result()
    private var frames: [Frame] = []
    private var anchors: [String: Anchor] = [:]
    private var written = 0
    private var expanded = 0
    private var root: Node?

    private init(_ parser: EventParser, limits: Limits, allowsSeveral: Bool) {
        self.parser = parser
        self.limits = limits
        self.allowsSeveral = allowsSeveral
    }

    /// Reads a stream to its end or to the first mistake after which nothing can be trusted.
    static func compose(_ parser: EventParser, limits: Limits, allowsSeveral: Bool) -> Result {
        var composer = Composer(parser, limits: limits, allowsSeveral: allowsSeveral)
        do throws(ParseError) {
            while try composer.step() {}
        } catch {
            composer.result.errors.append(error)
        }
        return composer.result
    }

    /// - Returns: false at the end of the stream.
    private mutating func step() throws(ParseError) -> Bool {
        let event = try parser.next()
        switch event.kind {
        case .streamStart: break
        case .streamEnd: return false
        case .documentStart: try startDocument(at: event.position)
        case .documentEnd:
            if let root { result.documents.append(root) }
        case .alias(let name): attach(try alias(name, at: event.position), anchor: nil)
        case .scalar(let scalar): try addScalar(scalar, event)
        case .sequenceStart, .mappingStart: try open(event)
        case .sequenceEnd, .mappingEnd: close()
        }
        return true
    }

    private mutating func startDocument(at position: SourcePosition) throws(ParseError) {
        guard allowsSeveral || result.documents.isEmpty else { throw ParseError(.severalDocuments, at: position) }
        anchors = [:]
        written = 0
        expanded = 0
        root = nil
    }

    private mutating func addScalar(_ scalar: Scalar, _ event: Event) throws(ParseError) {
        guard scalar.text.utf8.count <= limits.scalarBytes else {
            throw ParseError(.scalarTooLarge(limit: limits.scalarBytes), at: event.position)
        }
        written += scalar.weight
        try grow(by: scalar.weight, at: event.position)
        attach(node(.scalar(scalar), tag: event.tag, at: event.position), anchor: event.anchor)
    }

    private mutating func open(_ event: Event) throws(ParseError) {
        guard frames.count < limits.depth else { throw ParseError(.tooDeep(limit: limits.depth), at: event.position) }
        if let anchor = event.anchor { anchors[anchor] = .open }
        written += 1
        try grow(by: 1, at: event.position)
        var isMapping = false
        if case .mappingStart = event.kind { isMapping = true }
        frames.append(Frame(isMapping: isMapping, position: event.position, anchor: event.anchor, tag: event.tag))
    }

    private mutating func close() {
        guard let frame = frames.popLast() else { return }
        let content: Node.Content
        if frame.isMapping {
            let (entries, errors) = MappingBuilder.entries(of: frame.nodes)
            result.errors += errors
            content = .mapping(Mapping(entries))
        } else {
            content = .sequence(frame.nodes)
        }
        attach(node(content, tag: frame.tag, at: frame.position), anchor: frame.anchor)
    }

    private mutating func alias(_ name: String, at position: SourcePosition) throws(ParseError) -> Node {
        switch anchors[name] {
        case .complete(let node):
            try grow(by: node.expandedCount, at: position)
            return node
        case .open: result.errors.append(ParseError(.recursiveAlias(name), at: position))
        case nil: result.errors.append(ParseError(.undefinedAlias(name), at: position))
        }
        return Node(.scalar(Scalar("")), at: position)
    }

    private mutating func node(_ content: Node.Content, tag: String?, at position: SourcePosition) -> Node {
        if let tag, !Tag.fits(tag, content) {
            let node = Node(content, at: position)
            let kind = ParseError.Kind.tagMismatch(tag: Tag.shortened(tag), text: node.text ?? "this collection")
            result.errors.append(ParseError(kind, at: position))
            return node
        }
        return Node(content, tag: tag, at: position)
    }

    private mutating func attach(_ node: Node, anchor: String?) {
        if let anchor { anchors[anchor] = .complete(node) }
        if frames.isEmpty {
            root = node
        } else {
            frames[frames.count - 1].nodes.append(node)
        }
    }

    private mutating func grow(by count: Int, at position: SourcePosition) throws(ParseError) {
        expanded += count
        if written > limits.nodes { throw ParseError(.tooManyNodes(limit: limits.nodes), at: position) }
        guard expanded > written else { return }
        if expanded > limits.nodes || expanded > limits.freeExpansion + written * limits.expansionRatio {
            throw ParseError(.aliasExpansion, at: position)
        }
    }
}
