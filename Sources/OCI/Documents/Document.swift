import FoundationEssentials

/// A JSON document of the image specification.
public protocol Document: Encodable, Sendable {
    /// What the document is called in messages.
    static var documentName: String { get }

    /// Reads the document.
    init(_ node: JSONNode) throws(DocumentError)

    /// Checks what the types can't say; called on every document that is read.
    func validate() throws(DocumentError)
}

extension Document {
    /// The most bytes that a document may have: 4 MiB, what registries accept for a manifest.
    public static var sizeLimit: Int { 4 << 20 }

    /// Reads a document; fields that the specification does not know are ignored, as it asks.
    ///
    /// - Throws: ``DocumentError`` where the bytes are too many, no JSON, or not of the document's shape.
    public init(json: [UInt8]) throws(DocumentError) {
        guard json.count <= Self.sizeLimit else {
            throw DocumentError(kind: .tooLarge(bytes: json.count), document: Self.documentName)
        }
        self = try Self(try JSONNode(json, document: Self.documentName))
        try validate()
    }

    /// Writes the document: keys sorted, no white space, no escaped slashes; equal values give equal bytes.
    public func json() throws(DocumentError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self))
        } catch {
            throw DocumentError(kind: .malformed("\(error)"), document: Self.documentName)
        }
    }
}

/// A document of the image specification that can't be used.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Kind: Hashable, Sendable {
        /// More bytes than ``Document/sizeLimit``.
        case tooLarge(bytes: Int)
        /// Not JSON, or JSON of another shape; the text says what and where.
        case malformed(String)
        /// A rule of the specification that the document breaks.
        case invalid(String)
    }

    /// What is wrong.
    public var kind: Kind
    /// `image manifest` and the like.
    public var document: String

    /// An error of that document.
    public init(kind: Kind, document: String) {
        self.kind = kind
        self.document = document
    }

    /// One sentence for a person.
    public var description: String {
        switch kind {
        case .tooLarge(let bytes): "the \(document) has \(bytes) bytes, more than 4 MiB"
        case .malformed(let reason): "the \(document) can't be read: \(reason)"
        case .invalid(let reason): "the \(document) is invalid: \(reason)"
        }
    }
}
