/// A text read as YAML.
public struct Document: Sendable {
    /// The document; `nil` where the text holds none (nothing but comments) or could not be read to its end.
    public var root: Node?
    /// Everything wrong, in the order in which it was found.
    public var errors: [ParseError]

    /// Reads a text of one document.
    ///
    /// Reading goes on after a mistake that leaves the structure clear, such as a duplicate key, and ends at the
    /// first syntax error or excess of a limit. Time and memory are linear in the bytes read.
    ///
    /// - Parameter file: The name for positions.
    public static func load(_ bytes: [UInt8], file: String, limits: Limits = .standard) -> Document {
        let result = compose(bytes, file: file, limits: limits, allowsSeveral: false)
        return Document(root: result.documents.first, errors: result.errors)
    }

    /// Reads a stream of any number of documents.
    package static func loadAll(
        _ bytes: [UInt8], file: String, limits: Limits = .standard
    ) -> (documents: [Node], errors: [ParseError]) {
        let result = compose(bytes, file: file, limits: limits, allowsSeveral: true)
        return (result.documents, result.errors)
    }

    private static func compose(
        _ bytes: [UInt8], file: String, limits: Limits, allowsSeveral: Bool
    ) -> Composer.Result {
        bytes.withUnsafeBufferPointer { buffer in
            if let error = TextCheck.firstError(in: buffer, file: file, limits: limits) {
                return Composer.Result(errors: [error])
            }
            // The mark is no part of the first line's columns.
            let hasMark = buffer.count >= 3 && (buffer[0], buffer[1], buffer[2]) == (0xEF, 0xBB, 0xBF)
            let text = UnsafeBufferPointer(rebasing: buffer.dropFirst(hasMark ? 3 : 0))
            guard !text.isEmpty else { return Composer.Result() }
            guard let parser = EventParser(text, file: file) else {
                let start = SourcePosition(file: file, line: 1, column: 1)
                return Composer.Result(errors: [ParseError(.outOfMemory, at: start)])
            }
            return Composer.compose(parser, limits: limits, allowsSeveral: allowsSeveral)
        }
    }
}
