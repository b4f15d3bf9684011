public import DoozerProtocol

/// A file: its content and the revision of the change that wrote it.
public struct File: Hashable, Sendable {
    /// The content.
    public var body: [UInt8]
    /// The revision of the change that wrote it, 1 or greater.
    public var revision: Int64

    /// Makes a file of `body` as written by the change `revision`.
    public init(body: [UInt8], revision: Int64) {
        self.body = body
        self.revision = revision
    }
}

/// What a path of a tree names.
public enum Node: Sendable {
    /// A file.
    case file(File)
    /// A directory; never empty, save for the root.
    case directory(Directory)

    /// The revision as clients see it: of the file's last change, or ``Revision/directory``.
    public var revision: Int64 {
        switch self {
        case .file(let file): file.revision
        case .directory: Revision.directory
        }
    }
}

/// The entries of a directory in the order of their names' bytes.
public struct Directory: Sendable {
    fileprivate(set) var entries = OrderedTree<Node>()

    /// The number of entries.
    public var count: Int { entries.count }

    /// The entry with `position` entries before it, or `nil` outside 0 ..< ``count``.
    public func entry(at position: Int) -> (name: String, node: Node)? {
        guard let (name, value) = entries.entry(at: position) else { return nil }
        return (name, value)
    }

    /// The entry of that name.
    public subscript(name: Substring) -> Node? { entries[name] }
}

/// All files of one revision: a value whose copies share all that did not change between them.
public struct Tree: Sendable {
    /// The directory `/`.
    public private(set) var root = Directory()

    /// Makes a tree without files.
    public init() {}

    /// What `path` names, or `nil` if nothing does.
    public subscript(path: DoozerPath) -> Node? {
        var node = Node.directory(root)
        for name in path.components {
            guard case .directory(let directory) = node, let next = directory[name] else { return nil }
            node = next
        }
        return node
    }

    /// Whether one of the directories that `path` would need is a file.
    func isBelowFile(_ path: DoozerPath) -> Bool {
        var node = Node.directory(root)
        for name in path.components {
            guard case .directory(let directory) = node else { return true }
            guard let next = directory[name] else { return false }
            node = next
        }
        return false
    }

    /// The same tree with `file` at `path`, and the directories it needs.
    ///
    /// - Precondition: `path` names no directory and lies below no file.
    func setting(_ path: DoozerPath, to file: File) -> Tree {
        var tree = self
        tree.root = Tree.setting(path.components[...], to: file, in: root)
        return tree
    }

    /// The same tree without the file at `path`, and without the directories this leaves empty.
    func removing(_ path: DoozerPath) -> Tree {
        var tree = self
        tree.root = Tree.removing(path.components[...], from: root)
        return tree
    }

    private static func setting(_ path: ArraySlice<Substring>, to file: File, in directory: Directory) -> Directory {
        guard let name = path.first else { return directory }
        var changed = directory
        if path.count == 1 {
            changed.entries = directory.entries.setting(name, to: .file(file))
        } else {
            var below = Directory()
            if case .directory(let existing) = directory[name] { below = existing }
            changed.entries = directory.entries.setting(
                name, to: .directory(setting(path.dropFirst(), to: file, in: below)))
        }
        return changed
    }

    private static func removing(_ path: ArraySlice<Substring>, from directory: Directory) -> Directory {
        guard let name = path.first, let node = directory[name] else { return directory }
        var changed = directory
        if path.count == 1 {
            changed.entries = directory.entries.removing(name)
        } else if case .directory(let existing) = node {
            let below = removing(path.dropFirst(), from: existing)
            changed.entries =
                below.count == 0
                ? directory.entries.removing(name) : directory.entries.setting(name, to: .directory(below))
        }
        return changed
    }
}
