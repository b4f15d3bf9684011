import CLinux
import Glibc
import LinuxKernel

/// The two halves of a command that goes on in the background: the caller's process waits for a word, the other works.
///
/// The caller's process is forked while it has one thread. It ends with the code that it is told, or with that of the
/// other where that ends first; what it is signalled meanwhile it passes on.
final class Detachment: Sendable {
    private let writer: SharedDescriptor

    private init(_ writer: SharedDescriptor) { self.writer = writer }

    /// Goes on in a process of its own, in a session of its own; never returns in the caller's.
    static func begin() throws(SystemCallError) -> Detachment {
        let pipe = try OwnedDescriptor.pipe()
        // Signals that come between the fork and the handler would be lost.
        let pid = try checked("fork") { clinux_fork() }
        if pid > 0 { wait(for: pid, pipe.takeReader()) }
        let writer = pipe.takeWriter()
        try checked("setsid") { setsid() }
        return Detachment(try keepOnly(writer))
    }

    /// Closes what the caller has left open: whoever stays would keep it for days, a lock of the caller's, say.
    private static func keepOnly(_ writer: consuming OwnedDescriptor) throws(SystemCallError) -> SharedDescriptor {
        let first: CInt = 3
        var number = writer.release()
        if number != first {
            let moved = number
            number = try checked("dup2") { dup2(moved, first) }
            try checked("fcntl") { clinux_fcntl(first, F_SETFD, Int(FD_CLOEXEC)) }
        }
        try checked("close_range") { clinux_close_range(UInt32(first) + 1, UInt32.max, 0) }
        return SharedDescriptor(OwnedDescriptor(adopting: number))
    }

    /// Tells the caller's process to end with a code, and lets go of its terminal and its directory.
    func finish(_ code: ExitStatusCode) throws(SystemCallError) {
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        let number = null.rawValue
        for stream: CInt in 0...2 { try checked("dup2") { dup2(number, stream) } }
        try checked("chdir", "/") { chdir("/") }
        // A caller that was killed meanwhile does not hear it.
        var word = code.rawValue
        _ = withUnsafeBytes(of: &word) { write(writer.rawValue, $0.baseAddress, $0.count) }
    }

    nonisolated(unsafe) private static var child: pid_t = 0

    private static func wait(for pid: pid_t, _ reader: consuming OwnedDescriptor) -> Never {
        child = pid
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                let saved = errno
                kill(Detachment.child, number)
                errno = saved
            }
        }
        var word: Int32 = 0
        let size = MemoryLayout<Int32>.size
        while true {
            let count = read(reader.rawValue, &word, size)
            if count == size { _exit(word) }
            if count < 0, errno == EINTR { continue }
            break
        }
        // It has ended before the word; its own code says why.
        do {
            switch try ProcessExit.collect(pid) {
            case .exited(let code): _exit(code)
            case .signalled(let number):
                StandardError.write(
                    """
                    harness: the environment's monitor (process \(pid)) was killed by signal \(number) before everything \
                    was ready
                      help: start it again: harness up -d; what it left is removed by that, or by 'harness gc'

                    """)
                _exit(128 + number)
            }
        } catch {
            _exit(ExitStatusCode.engineFailed.rawValue)
        }
    }
}
