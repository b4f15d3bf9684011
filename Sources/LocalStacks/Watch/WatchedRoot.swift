/// A file or folder whose changes are of interest.
public struct WatchedRoot: Hashable, Sendable {
    /// What editors leave for a moment, and what git keeps: never of interest.
    private static let ephemeral = [
        "**/.git", "**/*~", "**/.*.sw?", "**/.*.swpx", "**/4913", "**/.#*", "**/#*#", "**/*___jb_tmp___",
        "**/*___jb_old___",
    ]

    private struct Outer: Hashable {
        var patterns: IgnorePatterns
        var prefix: String
    }

    /// An absolute path without symbolic links.
    public var path: String
    /// What is passed over, relative to ``path``.
    private var ignored: [IgnorePatterns]
    /// What is looked at; empty: everything.
    private let included: IgnorePatterns
    /// Patterns relative to a folder that ``path`` is in, and the way from there.
    private var outer: Outer?

    /// - Parameters:
    ///   - path: Absolute, without symbolic links.
    ///   - ignored: Patterns relative to it: what is passed over.
    ///   - included: Patterns relative to it: what is looked at; empty: everything.
    /// - Throws: ``IgnorePatterns/Invalid``.
    public init(path: String, ignored: [String], included: [String]) throws(IgnorePatterns.Invalid) {
        self.path = path
        self.ignored = [try IgnorePatterns(Self.ephemeral), try IgnorePatterns(ignored)]
        self.included = try IgnorePatterns(included)
    }

    /// Also passes over what the patterns say that are relative to another folder; nothing where ``path`` is not in it.
    public mutating func pass(over patterns: IgnorePatterns, in folder: String) {
        let base = folder == "/" ? "/" : folder + "/"
        if path == folder {
            outer = Outer(patterns: patterns, prefix: "")
        } else if path.hasPrefix(base) {
            outer = Outer(patterns: patterns, prefix: path.dropFirst(base.count) + "/")
        }
    }

    /// Whether a folder, and everything that is in it, is passed over.
    func skipsFolder(_ name: String) -> Bool { isIgnored(name, isFolder: true) }

    /// Whether a file is passed over.
    func skipsFile(_ name: String) -> Bool {
        isIgnored(name, isFolder: false) || !included.isEmpty && !included.matches(name)
    }

    private func isIgnored(_ name: String, isFolder: Bool) -> Bool {
        let isOuter = outer.map { $0.patterns.matches($0.prefix + name) && !(isFolder && $0.patterns.takesBack) }
        return (isOuter ?? false) || ignored.contains { $0.matches(name) && !(isFolder && $0.takesBack) }
    }
}

/// A change below a ``WatchedRoot``.
public struct PathChange: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        /// It is new, or another than before.
        case written
        case removed
    }

    /// Relative to the root; empty: the root itself.
    public var path: String
    /// What happened.
    public var kind: Kind

    /// Takes both.
    public init(_ path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }
}
