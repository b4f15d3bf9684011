import FoundationEssentials
import Glibc
import LinuxKernel

/// What the store has done in a user namespace where its own user is root: files of a user's images belong to that
/// user's subordinate ids, which nobody but root of such a namespace can give or touch.
///
/// The program itself, executed anew under the name ``argument``. It holds nothing that its caller's user might not do.
public enum StoreWorker {
    /// The name by which a program knows that it is to be the worker: its `main` calls ``main()`` before all else.
    public static let argument = "harness-store"

    /// What it tells at its end, over standard output.
    struct Result: Codable {
        var omissions: [String: Int] = [:]
        var archiveError: ArchiveError?
        var systemCallError: SystemCallError?
        var otherError: String?

        /// - Throws: What the worker has met.
        func get() throws -> [String: Int] {
            if let archiveError { throw archiveError }
            if let systemCallError { throw systemCallError }
            if let otherError { throw ImageStoreError(.imageInvalid(otherError)) }
            return omissions
        }
    }

    /// Does what the arguments say; never returns.
    public static func main() -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let verb = arguments.first else { _exit(64) }
        signal(SIGPIPE, SIG_IGN)
        let rest = Array(arguments.dropFirst())
        if verb == "run" { run(rest) }
        var result = Result()
        do {
            switch (verb, rest.count) {
            case ("unpack", 3): result.omissions = try unpack(rest)
            case ("remove", 1): try removeTree(at: rest[0])
            case ("rename", 2): try checked("rename", rest[1]) { Glibc.rename(rest[0], rest[1]) }
            default: _exit(64)
            }
        } catch let error as ArchiveError {
            result.archiveError = error
        } catch let error as SystemCallError {
            result.systemCallError = error
        } catch {
            result.otherError = "\(error)"
        }
        do {
            try writeAll(Array(try JSONEncoder().encode(result)), to: STDOUT_FILENO)
            _exit(0)
        } catch {
            // The caller has gone, or sees that nothing was told.
            _exit(125)
        }
    }

    /// `unpack DIRECTORY BYTES ENTRIES`: standard input is the plain archive.
    private static func unpack(_ arguments: [String]) throws -> [String: Int] {
        let limits = UnpackLimits(bytes: Int64(arguments[1]) ?? 0, entries: Int(arguments[2]) ?? 0)
        let stream = try LayerStream(
            DescriptorSource(STDIN_FILENO), accounting: .none, limits: limits, isHashed: false, isCancelled: { false })
        return try LayerUnpacker.unpack(
            stream, into: arguments[0], limits: limits, identities: try IdentityMap.ofCallingProcess())
    }

    /// `run PROGRAM ARGUMENT…`: in a process group of its own.
    private static func run(_ arguments: [String]) -> Never {
        setpgid(0, 0)
        signal(SIGPIPE, SIG_DFL)
        let error = execute(arguments, environment: [], searching: "/usr/bin:/bin")
        let message = "\(error)\n"
        write(STDERR_FILENO, message, message.utf8.count)
        _exit(error.errno == ENOENT ? 127 : 126)
    }
}
