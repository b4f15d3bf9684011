public import DoozerProtocol

/// The files of a tree that match a glob, in the order of their paths' components.
///
/// Keeps its place, so that the next match costs no second walk over those before it.
public struct FileWalk: IteratorProtocol, Sendable {
    /// A file and where it is.
    public struct Match: Hashable, Sendable {
        /// The file's path.
        public var path: DoozerPath
        /// The file.
        public var file: File
    }

    private struct Level {
        var directory: Directory
        var path: DoozerPath
        var position = 0
    }

    private let glob: Glob
    private var levels: [Level] = []

    /// Starts before the first match of `glob` in `tree`.
    public init(_ glob: Glob, in tree: Tree) {
        self.glob = glob
        var directory = tree.root
        var path = DoozerPath.root
        for name in glob.literalPrefix {
            guard case .directory(let below) = directory[name] else { return }
            directory = below
            path = path.appending(String(name))
        }
        levels = [Level(directory: directory, path: path)]
    }

    /// Goes to the next match; `nil` after the last.
    public mutating func next() -> Match? {
        while let level = levels.last {
            guard let (name, node) = level.directory.entry(at: level.position) else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].position += 1
            let path = level.path.appending(name)
            switch node {
            case .directory(let directory):
                levels.append(Level(directory: directory, path: path))
            case .file(let file) where glob.matches(path):
                return Match(path: path, file: file)
            case .file:
                break
            }
        }
        return nil
    }
}
