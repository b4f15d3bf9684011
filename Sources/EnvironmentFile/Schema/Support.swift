/// What the engine does with an attribute of the file.
public enum Support: Hashable, Sendable {
    /// It has its effect.
    case honoured
    /// It has its effect but for some values or forms, named here; those are warned about where they stand.
    case partly(String)
    /// Valid without an effect, and nothing is missing for it: no warning. The text says why.
    case accepted(String)
    /// Valid, but without its effect: a warning at its key, with what to do instead.
    case ignored(remedy: String)
    /// Valid in old files only; nothing depends on it any more. A warning at its key.
    case obsolete

    static let ignored = Support.ignored(remedy: "remove it if the environment works without it")
}

/// The support of an attribute and of those below it.
struct SupportTree: Sendable {
    private(set) var support = Support.honoured
    private var children: [String: SupportTree] = [:]

    /// Makes the tree of a table; a key is the path of an attribute, parts joined by dots, `*` for any name.
    init(_ table: KeyValuePairs<String, Support>) {
        for (path, support) in table { insert(support, at: path.split(separator: ".")[...]) }
    }

    private init() {}

    private mutating func insert(_ support: Support, at path: ArraySlice<Substring>) {
        guard let first = path.first else {
            self.support = support
            return
        }
        children[String(first), default: SupportTree()].insert(support, at: path.dropFirst())
    }

    /// The support of a key below this one; `nil` where it and all below it is honoured.
    subscript(key: String) -> SupportTree? { children[key] }
}
