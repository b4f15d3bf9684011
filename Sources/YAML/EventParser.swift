import CYAML

/// What libyaml saw next, in Swift's terms.
struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(Scalar)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    var kind: Kind
    var position: SourcePosition
    var anchor: String?
    var tag: String?
}

/// libyaml's parser over bytes that stay where they are for its lifetime.
final class EventParser {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String

    /// `nil` when there is no memory.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        parser = .allocate(capacity: 1)
        self.bytes = bytes
        self.file = file
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The next event; after an error or the end of the stream there is no further one.
    func next() throws(ParseError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw error() }
        defer { yaml_event_delete(&raw) }
        let place = position(raw.start_mark)
        switch raw.type {
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return Event(kind: .streamEnd, position: place)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, position: place)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, position: place)
        case YAML_ALIAS_EVENT: return Event(kind: .alias(text(raw.data.alias.anchor) ?? ""), position: place)
        case YAML_SCALAR_EVENT: return scalar(raw, at: place)
        case YAML_SEQUENCE_START_EVENT:
            let data = raw.data.sequence_start
            return Event(kind: .sequenceStart, position: place, anchor: text(data.anchor), tag: text(data.tag))
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, position: place)
        case YAML_MAPPING_START_EVENT:
            let data = raw.data.mapping_start
            return Event(kind: .mappingStart, position: place, anchor: text(data.anchor), tag: text(data.tag))
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, position: place)
        default: return Event(kind: .streamStart, position: place)
        }
    }

    private func scalar(_ raw: yaml_event_t, at place: SourcePosition) -> Event {
        let data = raw.data.scalar
        let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
        let style: Scalar.Style =
            switch data.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
        let scalar = Scalar(String(decoding: bytes, as: UTF8.self), style: style)
        return Event(kind: .scalar(scalar), position: place, anchor: text(data.anchor), tag: text(data.tag))
    }

    private func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(file: file, line: mark.line + 1, column: mark.column + 1)
    }

    private func error() -> ParseError {
        let place = position(parser.pointee.problem_mark)
        guard parser.pointee.error != YAML_MEMORY_ERROR else { return ParseError(.outOfMemory, at: place) }
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "this is not YAML"
        var context = parser.pointee.context.map { String(cString: $0) }
        let contextLine = parser.pointee.context_mark.line + 1
        if let words = context, contextLine < place.line { context = "\(words) that begins on line \(contextLine)" }
        return ParseError(.syntax(sharpened(problem), context: context), at: place)
    }

    /// The commonest complaint of libyaml's scanner covers two quite different mistakes.
    private func sharpened(_ problem: String) -> String {
        guard problem == "found character that cannot start any token" else { return problem }
        let offset = parser.pointee.problem_mark.index
        // The mark counts characters; it is the byte's offset wherever everything before it is ASCII.
        let byte = byteOffset(ofCharacter: offset).map { bytes[$0] }
        if byte == 0x09 { return "found a tab where only spaces may indent" }
        return byte.map { "found '\(Character(Unicode.Scalar($0)))', which cannot start a value" } ?? problem
    }

    private func byteOffset(ofCharacter index: Int) -> Int? {
        var seen = 0
        for offset in bytes.indices where bytes[offset] & 0xC0 != 0x80 {
            if seen == index { return offset }
            seen += 1
        }
        return nil
    }
}
