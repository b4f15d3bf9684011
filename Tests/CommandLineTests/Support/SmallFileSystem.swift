import Glibc

/// A file system in memory that is soon full, mounted for as long as a test has it.
final class SmallFileSystem {
    let path: String

    /// - Parameter options: As mount(8) has them for tmpfs.
    init(at path: String, options: String) throws {
        self.path = path
        try Self.mount(["-t", "tmpfs", "-o", options, "small", path])
    }

    deinit { _ = umount2(path, Int32(MNT_DETACH)) }

    func remount(_ options: String) throws { try Self.mount(["-o", "remount,\(options)", path]) }

    /// Takes all room that is left.
    func fill() throws {
        for size in ["64k", "1k"] {
            _ = try ChildProcess(
                ["/bin/dd", "if=/dev/zero", "of=\(path)/fill-\(size)", "bs=\(size)"], environment: [:]
            ).wait()
        }
    }

    /// Gives back what ``fill()`` has taken.
    func free() { for size in ["64k", "1k"] { unlink("\(path)/fill-\(size)") } }

    private static func mount(_ arguments: [String]) throws {
        let outcome = try ChildProcess(["/bin/mount"] + arguments, environment: [:]).wait()
        guard outcome.code == 0 else { throw MountFailed(error: outcome.error) }
    }

    struct MountFailed: Error {
        var error: String
    }
}
