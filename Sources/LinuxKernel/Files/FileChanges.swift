import CLinux
import Glibc
import Synchronization

/// Tells of changes in directories and files (inotify(7)).
///
/// What is told are hints: the kernel drops events where too many come at once, and says so (``Change/isIncomplete``).
public final class FileChanges: Sendable {
    /// Kinds of changes.
    public struct Kinds: OptionSet, Hashable, Sendable {
        /// The bits of inotify(7).
        public let rawValue: UInt32
        /// Takes the bits of inotify(7).
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Something was written.
        public static let modified = Self(rawValue: UInt32(IN_MODIFY))
        /// A file that had been open for writing was closed.
        public static let written = Self(rawValue: UInt32(IN_CLOSE_WRITE))
        /// Mode, owner or times have changed.
        public static let attributes = Self(rawValue: UInt32(IN_ATTRIB))
        /// A name has come to a directory, or gone from it.
        public static let names = Self(rawValue: UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO))
        /// The watched path itself is gone.
        public static let removed = Self(rawValue: UInt32(IN_DELETE_SELF | IN_MOVE_SELF))
    }

    /// One change.
    public struct Change: Hashable, Sendable {
        /// What ``FileChanges/add(_:_:)`` gave for the path.
        public var watch: CInt
        /// The name in the directory; empty for the path itself.
        public var name: String
        /// The bits of inotify(7).
        public var mask: UInt32

        /// Changes have been dropped: look for yourself.
        public var isIncomplete: Bool { mask & UInt32(IN_Q_OVERFLOW) != 0 }
        /// The name has come or gone.
        public var isOfName: Bool { mask & Kinds.names.rawValue != 0 }
        /// The path that was watched is gone.
        public var isRemoval: Bool { mask & (Kinds.removed.rawValue | UInt32(IN_IGNORED)) != 0 }
    }

    private let inotify: Inotify
    private let handler: @Sendable ([Change]) -> Void
    private let watch = Mutex<EventLoop.Watch?>(nil)

    /// - Parameter handler: Called on the loop's thread with what has come since the last call.
    public init(on loop: EventLoop, _ handler: @escaping @Sendable ([Change]) -> Void) throws(SystemCallError) {
        inotify = try Inotify()
        self.handler = handler
        let watch = try loop.watch(inotify.descriptor, for: .readable) { [weak self] _ in self?.read() }
        self.watch.withLock { $0 = watch }
    }

    /// Stops telling. On the loop's thread.
    public func close() { watch.withLock { $0.take() }?.cancel() }

    deinit { close() }

    /// Watches a path; see ``Inotify/add(_:_:)``.
    @discardableResult
    public func add(_ path: String, _ kinds: Kinds) throws(SystemCallError) -> CInt { try inotify.add(path, kinds) }

    private func read() {
        let changes = inotify.read()
        if !changes.isEmpty { handler(changes) }
    }
}

/// A queue of changes in directories and files, to be read when its descriptor is readable (inotify(7)).
public struct Inotify: ~Copyable, Sendable {
    private let owned: OwnedDescriptor

    /// Watches nothing yet.
    public init() throws(SystemCallError) {
        owned = OwnedDescriptor(
            adopting: try checked("inotify_init1") { inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK)) })
    }

    /// Readable when something has changed.
    public var descriptor: CInt { owned.rawValue }

    /// Watches a path, links at its end not followed; one that is watched already is watched as before.
    ///
    /// - Returns: The number that changes of it carry.
    /// - Throws: ``SystemCallError``: `ENOENT`; `ENOSPC` at the limit of /proc/sys/fs/inotify/max_user_watches.
    @discardableResult
    public func add(_ path: String, _ kinds: FileChanges.Kinds) throws(SystemCallError) -> CInt {
        let number = owned.rawValue
        return try checked("inotify_add_watch", path) {
            inotify_add_watch(number, path, kinds.rawValue | UInt32(IN_DONT_FOLLOW))
        }
    }

    /// What has come; empty where nothing has.
    public func read() -> [FileChanges.Change] {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = Glibc.read(owned.rawValue, &buffer, buffer.count)
        return count > 0 ? Self.parse(buffer[0..<count]) : []
    }

    /// Takes apart what the kernel writes: structures of a fixed head and a name that is padded with zeros.
    static func parse(_ bytes: ArraySlice<UInt8>) -> [FileChanges.Change] {
        var result: [FileChanges.Change] = []
        var rest = bytes
        let head = 16
        while rest.count >= head {
            let (watch, mask, length) = rest.withUnsafeBytes { raw in
                (
                    raw.loadUnaligned(fromByteOffset: 0, as: CInt.self),
                    raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
                    Int(raw.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
                )
            }
            guard rest.count >= head + length else { break }
            let name = rest.dropFirst(head).prefix(length).prefix { $0 != 0 }
            result.append(
                FileChanges.Change(watch: watch, name: String(decoding: name, as: UTF8.self), mask: mask))
            rest = rest.dropFirst(head + length)
        }
        return result
    }
}
