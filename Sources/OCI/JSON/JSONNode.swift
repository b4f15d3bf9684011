/// A value of a document, which knows where it is: so that a mistake can be named.
///
/// `null` counts as missing, as Go writes it for what is empty.
public struct JSONNode {
    let value: JSONValue
    /// As `.manifests[0].size`; empty at the top.
    let path: String
    let document: String

    /// Reads a text.
    ///
    /// - Parameter document: What the document is called in messages.
    /// - Throws: ``DocumentError`` where it is not JSON: RFC 8259, UTF-8, 128 levels at most.
    public init(_ text: [UInt8], document: String) throws(DocumentError) {
        do {
            value = try JSONValue(text)
        } catch {
            throw DocumentError(kind: .malformed("not valid JSON at byte \(error.offset)"), document: document)
        }
        path = ""
        self.document = document
    }

    private init(_ value: JSONValue, path: String, document: String) {
        self.value = value
        self.path = path
        self.document = document
    }

    /// A member of an object; `nil` where it is missing or null.
    public func optional(_ name: String) throws(DocumentError) -> JSONNode? {
        guard case .object(let members) = value else { throw wrongType }
        guard let member = members[name], member != .null else { return nil }
        return JSONNode(member, path: "\(path).\(name)", document: document)
    }

    /// A member of an object that must be there.
    public func required(_ name: String) throws(DocumentError) -> JSONNode {
        guard let member = try optional(name) else {
            throw DocumentError(kind: .malformed("no '\(name)' at \(place)"), document: document)
        }
        return member
    }

    /// The text.
    public func string() throws(DocumentError) -> String {
        guard case .string(let string) = value else { throw wrongType }
        return string
    }

    /// The whole number.
    public func integer() throws(DocumentError) -> Int64 {
        guard case .integer(let integer) = value else { throw wrongType }
        return integer
    }

    /// The truth value.
    public func boolean() throws(DocumentError) -> Bool {
        guard case .boolean(let boolean) = value else { throw wrongType }
        return boolean
    }

    /// The elements of the array.
    public func elements() throws(DocumentError) -> [JSONNode] {
        guard case .array(let elements) = value else { throw wrongType }
        return elements.enumerated().map { JSONNode($1, path: "\(path)[\($0)]", document: document) }
    }

    /// The members of the object by name; nulls are left out.
    public func members() throws(DocumentError) -> [String: JSONNode] {
        guard case .object(let members) = value else { throw wrongType }
        var nodes: [String: JSONNode] = [:]
        for (name, member) in members where member != .null {
            nodes[name] = JSONNode(member, path: "\(path).\(name)", document: document)
        }
        return nodes
    }

    /// The digest that the text is.
    public func digest() throws(DocumentError) -> Digest {
        let text = try string()
        do {
            return try Digest(text)
        } catch {
            throw DocumentError(kind: .malformed("\(error) at \(place)"), document: document)
        }
    }

    /// The texts of the array.
    public func strings() throws(DocumentError) -> [String] {
        try elements().map { element throws(DocumentError) in try element.string() }
    }

    /// The texts of the object.
    public func texts() throws(DocumentError) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, member) in try members() { texts[name] = try member.string() }
        return texts
    }

    private var wrongType: DocumentError {
        DocumentError(kind: .malformed("wrong type at \(place)"), document: document)
    }

    private var place: String { path.isEmpty ? "the top" : path }
}
