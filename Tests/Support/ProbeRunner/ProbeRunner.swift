import Glibc
import LinuxKernel

/// What a run of `kernel-probe` gave.
public struct ProbeResult: Sendable {
    /// 0...255, or `nil` where a signal ended it.
    public var exitCode: CInt?
    /// Standard output.
    public var output: String
    /// Standard error.
    public var diagnostics: String

    /// The lines of standard output.
    public var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// The exit code by which the probe says that the machine lacks what the test needs.
public let probeSkipCode: CInt = 77

/// Runs `kernel-probe`, which lies beside the test program, and waits for its end.
public func runProbe(_ arguments: String...) throws(SystemCallError) -> ProbeResult {
    let program = try siblingOfTestProgram("kernel-probe")
    let files = try [temporaryFile(), temporaryFile()]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, file) in zip([STDOUT_FILENO, STDERR_FILENO], files) {
        posix_spawn_file_actions_adddup2(&actions, file.rawValue, target)
    }
    var process: pid_t = 0
    let code = withCStrings([program] + arguments) { posix_spawn(&process, program, &actions, nil, $0, environ) }
    guard code == 0 else { throw SystemCallError(call: "posix_spawn", errno: code, subject: program) }
    let exit = try ProcessExit.collect(process)
    let texts = try files.map { (file) throws(SystemCallError) in
        try checked("lseek") { lseek(file.rawValue, 0, SEEK_SET) }
        return String(decoding: try readAll(file.rawValue), as: UTF8.self)
    }
    if case .exited(let code) = exit {
        return ProbeResult(exitCode: code, output: texts[0], diagnostics: texts[1])
    }
    return ProbeResult(exitCode: nil, output: texts[0], diagnostics: texts[1])
}

/// Whether a test can go on: says why not on standard error, and gives a failure's text where skips are forbidden.
///
/// - Returns: `nil` to go on, else what to do.
public func skip(because reason: String) -> Skip {
    let line = "skipped: \(reason)\n"
    _ = line.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    let isRequired = getenv("HARNESS_TEST_REQUIRE").map { String(cString: $0) } == "all"
    return isRequired ? .failure(reason) : .skip
}

/// What follows from a test that cannot run here.
public enum Skip: Sendable {
    /// The test ends.
    case skip
    /// The test fails: `HARNESS_TEST_REQUIRE=all` is set.
    case failure(String)
}

private func siblingOfTestProgram(_ name: String) throws(SystemCallError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = try checked("readlink", "/proc/self/exe") { readlink("/proc/self/exe", &buffer, buffer.count) }
    let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let directory = own[..<(own.lastIndex(of: "/") ?? own.startIndex)]
    return "\(directory)/\(name)"
}

private func temporaryFile() throws(SystemCallError) -> SharedDescriptor {
    guard let file = tmpfile() else { throw SystemCallError(call: "tmpfile", errno: errno, subject: "") }
    defer { fclose(file) }
    let descriptor = try checked("fcntl") { fcntl(fileno(file), F_DUPFD_CLOEXEC, 3) }
    return SharedDescriptor(OwnedDescriptor(adopting: descriptor))
}
