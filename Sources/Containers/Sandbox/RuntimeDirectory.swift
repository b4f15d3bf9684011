import CLinux
import Glibc
import LinuxKernel

/// The directory of one sandbox below /run/harness, claimed by a lock for as long as its owner lives.
///
/// What the kernel does not free by itself when a sandbox is killed (plain directories, control groups) carries the
/// directory's name, so that whoever finds a directory whose lock is free knows what to remove.
public final class RuntimeDirectory: Sendable {
    /// Unique on the host: the environment's name and twelve hexadecimal digits.
    public let identifier: String
    /// The absolute path.
    public let path: String
    private let lock: SharedDescriptor

    private init(identifier: String, path: String, lock: SharedDescriptor) {
        self.identifier = identifier
        self.path = path
        self.lock = lock
    }

    /// The root of all of them: /run/harness for root, else $XDG_RUNTIME_DIR/harness, else a directory of the user's
    /// own in /tmp.
    ///
    /// A variable that leads to no directory of the user's own counts for nothing: su(1) and sudo(8) pass on that of
    /// another user.
    public static func root(environment: [String: String]) -> String {
        if geteuid() == 0 { return "/run/harness" }
        var status = stat()
        if let directory = environment["XDG_RUNTIME_DIR"], directory.hasPrefix("/"), stat(directory, &status) == 0,
            status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid()
        {
            return "\(directory)/harness"
        }
        return "/tmp/harness-\(geteuid())"
    }

    /// Makes and claims a new one.
    ///
    /// - Parameter name: The environment's name; becomes part of the identifier.
    public static func make(in root: String, name: String) throws(SystemCallError) -> RuntimeDirectory {
        try makeDirectories(root, mode: geteuid() == 0 ? 0o755 : 0o700)
        try checkOwner(root)
        var generator = SystemRandomNumberGenerator()
        let number = String(UInt64.random(in: 0..<(1 << 48), using: &generator), radix: 16)
        let identifier = "\(name)-\(String(repeating: "0", count: 12 - number.count))\(number)"
        let path = "\(root)/\(identifier)"
        // The lock is taken before the directory has its name: nobody ever finds it unclaimed.
        let temporary = "\(root)/.\(identifier)"
        try checked("mkdir", temporary) { mkdir(temporary, 0o700) }
        let lock = try claim(temporary)
        try checked("rename", path) { rename(temporary, path) }
        return RuntimeDirectory(identifier: identifier, path: path, lock: lock)
    }

    /// Makes and claims the one directory of a name, such as an environment's that stays up.
    ///
    /// - Parameters:
    ///   - identifier: The whole name of the directory.
    ///   - removeLeftovers: Removes a directory whose owner has died, and what carries its name.
    /// - Returns: `nil` where its owner lives.
    public static func claim(
        in root: String, identifier: String, removeLeftovers: (RuntimeDirectory) throws -> Void
    ) throws -> RuntimeDirectory? {
        try makeDirectories(root)
        try checkOwner(root)
        let path = "\(root)/\(identifier)"
        while true {
            switch try claimExisting(path, identifier: identifier) {
            case .held: return nil
            case .abandoned(let directory): try removeLeftovers(directory)
            case .missing:
                let directory = try make(in: root, name: identifier)
                // A directory takes the place of none, or of an empty one, which nobody can have claimed.
                if rename(directory.path, path) == 0 {
                    return RuntimeDirectory(identifier: identifier, path: path, lock: directory.lock)
                }
                let code = errno
                try directory.remove()
                switch code {
                case EEXIST, ENOTEMPTY: break
                // Nobody puts anything but directories here.
                case ENOTDIR: try checked("unlink", path) { unlink(path) }
                default: throw SystemCallError(call: "rename", errno: code, subject: path)
                }
            }
        }
    }

    private enum Existing {
        case held
        case abandoned(RuntimeDirectory)
        case missing
    }

    private static func claimExisting(_ path: String, identifier: String) throws(SystemCallError) -> Existing {
        do throws(SystemCallError) {
            let lock = try claim(path)
            var (own, present) = (stat(), stat())
            let number = lock.rawValue
            try checked("fstat", path) { fstat(number, &own) }
            try checked("lstat", path) { lstat(path, &present) }
            // Whoever held it may have removed it between the two calls.
            guard own.st_ino == present.st_ino, own.st_dev == present.st_dev else { return .missing }
            return .abandoned(RuntimeDirectory(identifier: identifier, path: path, lock: lock))
        } catch {
            switch error.errno {
            case EWOULDBLOCK: return .held
            // A link or a file in its place is nobody's.
            case ENOENT, ENOTDIR, ELOOP: return .missing
            case EACCES: throw SystemCallError(call: trust, errno: EACCES, subject: path)
            default: throw error
            }
        }
    }

    /// Whether somebody who lives holds the directory of a name.
    public static func isHeld(in root: String, identifier: String) throws(SystemCallError) -> Bool {
        if case .held = try claimExisting("\(root)/\(identifier)", identifier: identifier) { return true }
        return false
    }

    /// The names in the root; none where there is no such directory.
    ///
    /// - Throws: ``SystemCallError`` of the call ``trust`` where others than the user have a hand in it.
    public static func names(in root: String) throws(SystemCallError) -> [String] {
        do {
            try checkOwner(root)
            return try directoryEntries(root)
        } catch {
            if error.errno == ENOENT { return [] }
            throw error
        }
    }

    /// Those whose owners have died, claimed by the caller, who has to remove them.
    ///
    /// What is no directory was put there by somebody else, and is removed.
    public static func abandoned(in root: String) throws(SystemCallError) -> [RuntimeDirectory] {
        var result: [RuntimeDirectory] = []
        for name in try names(in: root) {
            let path = "\(root)/\(name)"
            // One with a temporary name may be about to be claimed; later it was left by a crash between two calls.
            if name.hasPrefix("."), try age(of: path).map({ $0 < 60 }) ?? true { continue }
            do throws(SystemCallError) {
                let lock = try claim(path)
                result.append(
                    RuntimeDirectory(
                        identifier: name.hasPrefix(".") ? String(name.dropFirst()) : name, path: path, lock: lock))
            } catch {
                switch error.errno {
                // Claimed by its owner, or just removed by it.
                case EWOULDBLOCK, ENOENT: break
                // Somebody else's: it goes if nothing is in it.
                case EACCES: _ = rmdir(path)
                case ENOTDIR, ELOOP: try checked("unlink", path) { unlink(path) }
                default: throw error
                }
            }
        }
        return result
    }

    /// Removes it with all that is in it.
    public func remove() throws(SystemCallError) { try removeTree(path) }

    private static func claim(_ path: String) throws(SystemCallError) -> SharedDescriptor {
        let directory = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let descriptor = directory.rawValue
        try checked("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
        return SharedDescriptor(directory)
    }

    /// Seconds since the last change; `nil` where it has gone.
    private static func age(of path: String) throws(SystemCallError) -> Int? {
        var status = stat()
        do {
            try checked("lstat", path) { lstat(path, &status) }
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        return time(nil) - status.st_mtim.tv_sec
    }

    /// What the error of a root is about that is not the user's alone; it is no system call.
    public static let trust = "use"

    /// In /tmp somebody else may have been first.
    private static func checkOwner(_ path: String) throws(SystemCallError) {
        var status = stat()
        try checked("lstat", path) { lstat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw SystemCallError(call: trust, errno: ENOTDIR, subject: path)
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw SystemCallError(call: trust, errno: EPERM, subject: path)
        }
    }
}
