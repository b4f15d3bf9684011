import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// Finds out what has changed in files and folders (inotify(7)).
///
/// What the kernel tells are hints: each is looked up, and compared with what was there before. So a file that an editor
/// replaces by renaming another is a change like any other, and where the kernel has dropped hints everything is looked at.
public final class WatchedTrees: Sendable {
    private struct State {
        var trees: [WatchedTree]
        /// What the numbers of watches stand for.
        var places: [CInt: Set<Place>] = [:]
        /// By the number of the tree and the path: whether something was written, and not only may have been.
        var dirty: [Int: [String: Bool]] = [:]
        var isIncomplete = false
    }

    /// What a watched folder is for a tree.
    private enum Place: Hashable {
        case folder(tree: Int, path: String)
        /// The one that the root is in: the root may be replaced by another.
        case parent(tree: Int)
    }

    private static let kinds: FileChanges.Kinds = [.modified, .written, .attributes, .names, .removed]

    private let inotify: Inotify
    private let state: Mutex<State>

    /// Looks at everything that is there, and watches it from then on.
    ///
    /// - Throws: ``SystemCallError``: `ENOENT`, `EACCES`; `ENOSPC` where the user may not watch so many folders
    ///   (/proc/sys/fs/inotify/max_user_watches).
    public init(_ roots: [WatchedRoot]) throws(SystemCallError) {
        inotify = try Inotify()
        state = Mutex(State(trees: roots.map { WatchedTree(root: $0) }))
        for number in roots.indices {
            try watch(parent(of: roots[number].path), as: .parent(tree: number))
            _ = try look(at: [""], in: number)
        }
    }

    /// Readable when something has happened.
    public var descriptor: CInt { inotify.descriptor }

    /// Takes what the kernel has told.
    ///
    /// - Returns: Whether there was anything: then more may be about to come.
    public func gather() -> Bool {
        var hasAny = false
        while true {
            let changes = inotify.read()
            if changes.isEmpty { return hasAny }
            hasAny = true
            state.withLock { state in
                for change in changes { Self.note(change, in: &state) }
            }
        }
    }

    private static func note(_ change: FileChanges.Change, in state: inout State) {
        if change.isIncomplete { state.isIncomplete = true }
        let isWritten = change.mask & UInt32(IN_MODIFY) != 0
        for place in state.places[change.watch] ?? [] {
            let (tree, path): (Int, String)
            switch place {
            case .folder(let number, let folder):
                (tree, path) = (number, change.name.isEmpty ? folder : WatchedTree.join(folder, change.name))
            case .parent(let number):
                guard state.trees[number].name == change.name else { continue }
                (tree, path) = (number, "")
            }
            let wasWritten = state.dirty[tree]?[path] ?? false
            state.dirty[tree, default: [:]][path] = wasWritten || isWritten
        }
        if change.mask & UInt32(IN_IGNORED) != 0 { state.places[change.watch] = nil }
    }

    /// Looks up what was gathered.
    ///
    /// - Returns: What has changed, by the number of the root; folders before what is in them.
    /// - Throws: As ``init(_:)``.
    public func changes() throws(SystemCallError) -> [Int: [PathChange]] {
        let (dirty, isIncomplete, count) = state.withLock { state in
            defer {
                state.dirty = [:]
                state.isIncomplete = false
            }
            return (state.dirty, state.isIncomplete, state.trees.count)
        }
        var result: [Int: [PathChange]] = [:]
        for number in 0..<count {
            let hints = dirty[number] ?? [:]
            let names = isIncomplete ? state.withLock { $0.trees[number].known } : Set(hints.keys)
            if names.isEmpty { continue }
            let found = try look(at: names, in: number, written: Set(hints.filter(\.value).keys))
            if !found.isEmpty { result[number] = found }
        }
        return result
    }

    /// Everything that is there, as if it had just come.
    public func everything(of number: Int) -> [PathChange] {
        state.withLock { state in
            state.trees[number].known.sorted().filter { !$0.isEmpty || state.trees[number].isFile }
                .map { PathChange($0, .written) }
        }
    }

    private func look(
        at names: Set<String>, in number: Int, written: Set<String> = []
    ) throws(SystemCallError) -> [PathChange] {
        var found: [PathChange] = []
        var queue = names.sorted()
        var seen: Set<String> = []
        // The queue grows while it is worked on: by what is in new folders.
        var next = 0
        while next < queue.count {
            let name = queue[next]
            next += 1
            guard seen.insert(name).inserted else { continue }
            let outcome = try state.withLock { state throws(SystemCallError) in
                try state.trees[number].look(at: name, isWritten: written.contains(name))
            }
            found += outcome.changes
            guard outcome.isNewFolder || outcome.isFolder && names.contains(name) else { continue }
            let path = state.withLock { $0.trees[number].path(of: name) }
            do throws(SystemCallError) {
                // Watched before it is read, so that nothing that comes meanwhile is missed.
                try watch(path, as: .folder(tree: number, path: name))
                queue += try directoryEntries(path).sorted().map { WatchedTree.join(name, $0) }
            } catch {
                // Gone already: the next hint says so.
                guard [ENOENT, ENOTDIR].contains(error.errno) else { throw error }
            }
        }
        return found
    }

    private func watch(_ path: String, as place: Place) throws(SystemCallError) {
        let number = try inotify.add(path, Self.kinds)
        state.withLock { _ = $0.places[number, default: []].insert(place) }
    }

    private func parent(of path: String) -> String {
        let parent = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        return parent.isEmpty ? "/" : String(parent)
    }
}

/// What is known of the files below one root.
private struct WatchedTree {
    /// What tells a file from what it was before.
    struct Signature: Equatable {
        var device: dev_t
        var inode: ino_t
        var mode: mode_t
        var size: off_t
        var seconds: Int
        var nanoseconds: Int

        init(_ status: stat) {
            (device, inode, mode) = (status.st_dev, status.st_ino, status.st_mode)
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            // Of a folder these change with what is in it.
            (size, seconds, nanoseconds) =
                isFolder ? (0, 0, 0) : (status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }

        var isFolder: Bool { mode & S_IFMT == S_IFDIR }
    }

    struct Outcome {
        var changes: [PathChange] = []
        var isFolder = false
        var isNewFolder = false
    }

    let root: WatchedRoot
    private var signatures: [String: Signature] = [:]

    init(root: WatchedRoot) { self.root = root }

    /// The root's own name.
    var name: String {
        String(
            root.path.suffix(from: root.path.lastIndex(of: "/").map(root.path.index(after:)) ?? root.path.startIndex))
    }

    var known: Set<String> { Set(signatures.keys).union([""]) }

    /// The root is no folder.
    var isFile: Bool { signatures[""].map { !$0.isFolder } ?? false }

    static func join(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : "\(folder)/\(name)" }

    func path(of name: String) -> String { name.isEmpty ? root.path : "\(root.path)/\(name)" }

    /// Compares one path with what was there.
    ///
    /// - Parameter isWritten: Something was written to it, although its time may be the same.
    mutating func look(at name: String, isWritten: Bool) throws(SystemCallError) -> Outcome {
        var status = stat()
        let path = path(of: name)
        do throws(SystemCallError) {
            try checked("lstat", path) { lstat(path, &status) }
        } catch {
            guard [ENOENT, ENOTDIR].contains(error.errno) else { throw error }
            return Outcome(changes: forget(name))
        }
        let kind = status.st_mode & S_IFMT
        guard [S_IFREG, S_IFDIR, S_IFLNK].contains(kind) else { return Outcome(changes: forget(name)) }
        let isFolder = kind == S_IFDIR
        if !name.isEmpty, isFolder ? root.skipsFolder(name) : root.skipsFile(name) { return Outcome() }
        let new = Signature(status)
        let old = signatures[name]
        var outcome = Outcome(isFolder: isFolder)
        if let old, old.isFolder != isFolder { outcome.changes += forget(name) }
        signatures[name] = new
        outcome.isNewFolder = isFolder && (old.map { !$0.isFolder || $0.inode != new.inode } ?? true)
        if old != new || isWritten && !isFolder, !(isFolder && name.isEmpty) {
            outcome.changes.append(PathChange(name, .written))
        }
        return outcome
    }

    /// What is gone, and everything that was in it: told once.
    private mutating func forget(_ name: String) -> [PathChange] {
        let prefix = name.isEmpty ? "" : name + "/"
        let inside = signatures.keys.filter { $0.hasPrefix(prefix) && $0 != name }
        let old = signatures.removeValue(forKey: name)
        for other in inside { signatures[other] = nil }
        if let old, name.isEmpty, old.isFolder {
            return inside.filter { !$0.contains("/") }.sorted().map { PathChange($0, .removed) }
        }
        return old == nil ? [] : [PathChange(name, .removed)]
    }
}
