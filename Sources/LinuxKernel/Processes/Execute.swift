import CLinux
import Glibc

/// Calls `body` with strings as the null-terminated array of C strings that execve(2) takes.
public func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return try pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
        return try body(base)
    }
}

/// Becomes another program; returns only with the reason why not.
///
/// A name without a slash is looked up in `path`, with execvp(3)'s rules: what can't be executed is passed over, and
/// `EACCES` is the answer only where nothing else was found. A file without a recognised header gives `ENOEXEC`.
///
/// The corresponding system call is `execve(2)`.
public func execute(
    _ arguments: [String], environment: [String], searching path: String
) -> SystemCallError {
    guard let program = arguments.first, !program.isEmpty else {
        return SystemCallError(call: "execve", errno: ENOENT, subject: "")
    }
    let candidates =
        program.contains("/")
        ? [program]
        : path.split(separator: ":", omittingEmptySubsequences: false).map { $0.isEmpty ? program : "\($0)/\(program)" }
    var worst: CInt = ENOENT
    withCStrings(arguments) { argv in
        withCStrings(environment) { envp in
            for candidate in candidates {
                _ = execve(candidate, argv, envp)
                let code = errno
                switch code {
                case ENOENT, ENOTDIR: continue
                case EACCES: worst = EACCES
                default:
                    worst = code
                    return
                }
            }
        }
    }
    return SystemCallError(call: "execve", errno: worst, subject: program)
}
