import CLinux
import Glibc
import ImageStore
import LinuxKernel

/// A program that runs while its caller waits; killed, and waited for, when the object goes.
final class ChildProcess {
    /// What it prints; `nil` when it has been taken.
    let output: SharedDescriptor
    /// What it says besides; does not block.
    let messages: SharedDescriptor
    private let pid: pid_t
    private var exit: ProcessExit?

    /// Starts a program, named by its path, with standard input from /dev/null.
    ///
    /// In a process group of its own, see ``Spawn``.
    init(_ arguments: [String], environment: [String]) throws(SystemCallError) {
        let output = try OwnedDescriptor.pipe()
        let messages = try OwnedDescriptor.pipe()
        // Room for what is said while nobody listens: the default is 64 KiB.
        try checked("fcntl", "F_SETPIPE_SZ") { clinux_fcntl(messages.writer.rawValue, 1031, 1 << 20) }
        var spawn = Spawn(arguments, environment: environment)
        spawn.descriptors = [
            (caller: output.writer.rawValue, program: 1), (caller: messages.writer.rawValue, program: 2),
        ]
        spawn.leadsGroup = true
        // Whatever else this process has open is none of its business. mmdebstrap even fails where its own descriptors
        // get numbers of two digits, which dash(1) can't redirect to.
        spawn.closesOthers = true
        pid = try spawn.start()
        self.output = SharedDescriptor(output.takeReader())
        self.messages = SharedDescriptor(messages.takeReader())
        let listener = self.messages.rawValue
        try checked("fcntl", "O_NONBLOCK") { clinux_fcntl(listener, F_SETFL, Int(O_NONBLOCK)) }
    }

    /// Starts a program as root of the user's own user namespace, with no variables, in a process group of its own.
    ///
    /// - Throws: ``ImageBuildError`` of kind `subordinateIDsMissing` where it would have no other users.
    init(inUserNamespace arguments: [String]) throws {
        let output = try OwnedDescriptor.pipe()
        let messages = try OwnedDescriptor.pipe()
        try checked("fcntl", "F_SETPIPE_SZ") { clinux_fcntl(messages.writer.rawValue, 1031, 1 << 20) }
        let null = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        let process = try MappedProcess.start(
            [StoreWorker.argument, "run"] + arguments, namespaces: [],
            descriptors: [null.rawValue, output.writer.rawValue, messages.writer.rawValue])
        close(process.descriptor)
        pid = process.pid
        self.output = SharedDescriptor(output.takeReader())
        self.messages = SharedDescriptor(messages.takeReader())
        let listener = self.messages.rawValue
        try checked("fcntl", "O_NONBLOCK") { clinux_fcntl(listener, F_SETFL, Int(O_NONBLOCK)) }
        if let reason = try process.confirm() { throw ImageBuildError(.subordinateIDsMissing(reason: reason)) }
    }

    deinit {
        guard exit == nil else { return }
        // It may not have made its group yet.
        kill(pid, SIGKILL)
        kill(-pid, SIGKILL)
        var status: CInt = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    }

    /// What it prints, to the end; at most 16 MiB.
    func readOutput() throws(SystemCallError) -> [UInt8] { try readAll(output.rawValue) }

    /// Waits for its end.
    func wait() throws(SystemCallError) -> ProcessExit {
        if let exit { return exit }
        let exit = try ProcessExit.collect(pid)
        self.exit = exit
        return exit
    }

    /// What it has said since the last time; does not wait.
    func readMessages() throws(SystemCallError) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(messages.rawValue, &buffer, buffer.count)
            if count > 0 {
                result += buffer[..<count]
            } else if count == 0 || errno == EAGAIN {
                return result
            } else if errno != EINTR {
                throw SystemCallError(call: "read", errno: errno, subject: "a pipe")
            }
        }
    }

    /// Waits until it prints, or ends, or 100 ms have passed.
    ///
    /// - Returns: Whether its output can be read, or has ended.
    func waitForOutput() throws(SystemCallError) -> Bool {
        var polled = [
            pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: messages.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        try checked("poll") { poll(&polled, 2, 100) }
        return polled[0].revents != 0
    }
}
