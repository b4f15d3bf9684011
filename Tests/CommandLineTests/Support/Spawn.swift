import CLinux
import Glibc

/// A call that a test needs was refused.
struct SpawnError: Error, CustomStringConvertible {
    var call: String
    var code: Int32
    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Both ends of a pipe that no other child of the test process inherits.
struct Pipe {
    let reader: CInt
    let writer: CInt

    init() throws {
        var ends: [CInt] = [0, 0]
        guard clinux_pipe2(&ends, O_CLOEXEC) == 0 else { throw SpawnError(call: "pipe2", code: errno) }
        (reader, writer) = (ends[0], ends[1])
    }
}

/// Starts a program in a new process group with every signal as a shell would leave it.
///
/// - Parameters:
///   - arguments: The program's path and its arguments.
///   - streams: Descriptors for 0, 1 and 2; `nil`: /dev/null.
func spawn(
    _ arguments: [String], environment: [String: String], streams: [CInt?]
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
        if let stream {
            posix_spawn_file_actions_adddup2(&actions, stream, CInt(number))
        } else {
            posix_spawn_file_actions_addopen(&actions, CInt(number), "/dev/null", O_RDWR, 0)
        }
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads that tests run on have signals blocked, which a child would inherit.
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var pid: pid_t = 0
    let code = withCStrings(arguments) { argumentPointers in
        withCStrings(environment.map { "\($0)=\($1)" }) { environmentPointers in
            posix_spawn(&pid, arguments[0], &actions, &attributes, argumentPointers, environmentPointers)
        }
    }
    guard code == 0 else { throw SpawnError(call: "posix_spawn \(arguments[0])", code: code) }
    return pid
}

/// A `NULL`-terminated array of C strings for the duration of `body`.
private func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
