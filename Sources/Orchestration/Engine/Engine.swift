import Addresses

/// What boots containers. The orchestrator knows engines only by this protocol and the ones below.
///
/// Every method may be called at any time and concurrently. Errors that a person can mend are ``EngineError``s. What
/// throws ends soon when its task is cancelled, with `CancellationError` or with what it has reached nevertheless.
public protocol Engine: Sendable {
    /// Finds the image in the store, or makes it where the request says how.
    ///
    /// - Throws: ``EngineError`` with kind `imageMissing` or `imageInvalid`, or what the build threw.
    func prepareImage(
        _ request: ImageRequest, progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws -> PreparedImage

    /// Makes the place where the containers of one plan live. Nothing outlives it.
    func openSandbox(for plan: Plan) async throws -> any Sandbox
}

/// The isolated place in which the containers, the volumes and the test of one environment live.
public protocol Sandbox: Sendable {
    /// Boots a container; returns when its program has been started (`execve` succeeded).
    ///
    /// Volumes of the plan are made on first use. `output` gets every line, in order, on the engine's executor, and
    /// the last one before ``RunningProcess/wait()`` returns.
    func start(
        _ container: ContainerPlan, output: @escaping @Sendable (LogLine) -> Void
    ) async throws -> any RunningContainer

    /// Boots a container whose first process has these standard streams, which are copied.
    ///
    /// Where the plan gives it a terminal, they are three times a packet socket, over which the terminal's other side is
    /// sent.
    func start(_ container: ContainerPlan, streams: [Int32]) async throws -> any RunningContainer

    /// Listens on the host and forwards to the container, until the port or the sandbox is closed.
    ///
    /// - Throws: ``EngineError`` with kind `portTaken`.
    func publish(_ port: PortPlan) async throws -> any PublishedPort

    /// Takes another plan for what is started from now on and for the names that containers ask for; its networks are
    /// those of the first plan.
    func update(to plan: Plan) async throws

    /// Has names lead to other addresses in the files of names that running containers have, but for these.
    func moveNames(_ moves: [NameMove], except containers: [String]) async throws

    /// Throws away what a container that has ended has written; the next one of its name starts from its image.
    ///
    /// - Parameter withVolumes: Its volumes that have no name go too.
    func remove(_ container: ContainerPlan, withVolumes: Bool) async throws

    /// Opens a TCP connection to a port of a container.
    ///
    /// - Throws: when it is refused or does not come about within `timeout`.
    func connect(to container: ContainerPlan, port: UInt16, timeout: Duration) async throws -> any ByteStream

    /// Starts a program on the host's file system, inside the environment's network, with the caller's standard
    /// streams, terminal and privileges.
    func runOnHost(_ process: ProcessPlan) async throws -> any RunningProcess

    /// Ends everything that is still there. Every step runs; what failed is returned. Safe to call twice.
    func close() async -> [TeardownFailure]
}

/// An address that names led to, and the one that they lead to from now on.
public struct NameMove: Hashable, Sendable {
    /// Where they led to.
    public var from: IPAddress
    /// Where they lead to.
    public var to: IPAddress
}

/// A port of the host that leads to a container.
public protocol PublishedPort: Sendable {
    /// The port that was bound.
    var hostPort: UInt16 { get }

    /// Sends new connections to another address; those that are open stay where they are.
    func retarget(to address: IPv4Address)

    /// Waits until no connection to an address is open any more, or the ones that are have been answered and are quiet.
    ///
    /// - Parameter timeout: After which it returns nevertheless.
    /// - Throws: `CancellationError`.
    func settle(_ address: IPv4Address, timeout: Duration) async throws

    /// Stops listening and ends every connection.
    func close()
}

/// A process that the engine started.
public protocol RunningProcess: Sendable {
    /// Waits for its end; every caller gets the same answer.
    ///
    /// Cancellation has no effect on it: it returns when the process has ended, and so at the latest when the
    /// sandbox has been closed.
    func wait() async -> ExitStatus

    /// Sends a signal to the process; no error if it has ended.
    func send(signal: Int32) async throws
}

/// The first process of a container, and what can be asked of the container.
public protocol RunningContainer: RunningProcess {
    /// Starts a further process in the container.
    ///
    /// - Parameters:
    ///   - streams: Descriptors of its standard input, output and error; copied.
    ///   - hasTerminal: It gets a terminal of its own, and `streams` are three times a packet socket, over which the
    ///     terminal's other side is sent.
    func run(_ process: ProcessPlan, streams: [Int32], hasTerminal: Bool) async throws -> any RunningProcess

    /// Whether the first process would notice the signal now, rather than that the kernel drops it.
    func notices(signal: Int32) async throws -> Bool

    /// Stops all processes where they are, or lets them go on.
    func setPaused(_ isPaused: Bool) async throws

    /// Runs a further process in the container to its end; `output` is what it printed on both streams, 4 KiB at most.
    ///
    /// It is killed when `timeout` has passed; the status is `nil` then.
    func probe(_ process: ProcessPlan, timeout: Duration) async throws -> (status: ExitStatus?, output: String)

    /// Whether a path exists in the container's file system.
    func pathExists(_ path: String) async throws -> Bool

    /// Kills every process of the container.
    func kill() async throws

    /// Has somebody hear what the container prints from now on, as it comes, beside what is made of it otherwise.
    ///
    /// - Returns: Ends that.
    func tap(_ body: @escaping @Sendable (LogLine.Stream, [UInt8]) -> Void) -> @Sendable () -> Void

    /// Sends a descriptor over a packet socket that leads to the first process's standard input: the other side of its
    /// terminal or of its pipe.
    ///
    /// - Returns: `false` where it has neither, and so reads nothing.
    func sendInput(over socket: Int32) throws -> Bool

    /// Sends a descriptor of the container's root directory over a packet socket; for looking only (`O_PATH`).
    func sendRoot(over socket: Int32) async throws
}

extension Sandbox {
    /// Boots a container whose first process has the caller's standard streams and terminal.
    func startAttached(_ container: ContainerPlan) async throws -> any RunningContainer {
        var attached = container
        attached.isolation.hasTerminal = false
        return try await start(attached, streams: [0, 1, 2])
    }
}

extension RunningContainer {
    /// Starts a further process in the container with the caller's standard streams.
    func runAttached(_ process: ProcessPlan) async throws -> any RunningProcess {
        try await run(process, streams: [0, 1, 2], hasTerminal: false)
    }
}

/// A connection; closed when it is released.
public protocol ByteStream: Sendable {
    /// The next bytes, at most 64 KiB; empty at the end of the stream.
    func read(timeout: Duration) async throws -> [UInt8]
    func write(_ bytes: [UInt8], timeout: Duration) async throws
    func close()
}

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
    case exited(Int32)
    /// Ended by a signal; `oomKilled` where the kernel's out-of-memory killer sent it.
    case signalled(Int32, oomKilled: Bool)

    /// Whether the process exited with 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// As a shell says it: the code, or 128 and the signal's number.
    public var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal, _): 128 + signal
        }
    }
}

/// A line that a container printed.
public struct LogLine: Hashable, Sendable {
    /// Where a line was printed.
    public enum Stream: String, Hashable, Sendable {
        case standardOutput = "stdout"
        case standardError = "stderr"
    }

    /// Where it was printed.
    public var stream: Stream
    /// Without the line feed; invalid UTF-8 has been replaced. Lines over 16 KiB come in pieces of that size.
    public var text: String

    /// A line of that stream.
    public init(stream: Stream, text: String) {
        self.stream = stream
        self.text = text
    }
}

/// A step of the teardown that failed.
public struct TeardownFailure: Error, Sendable {
    /// What was being done, such as `kill db`.
    public var step: String
    /// Why it failed.
    public var cause: any Error

    /// A failure of that step.
    public init(step: String, cause: any Error) {
        self.step = step
        self.cause = cause
    }
}

/// Something that an engine could not do, and what to do about it.
public struct EngineError: Error, Hashable, Sendable {
    /// What could not be done.
    public enum Kind: Hashable, Sendable {
        /// No image of that name is in the store.
        case imageMissing(String)
        /// No registry gives the image; the text says why.
        case imageUnavailable(String, reason: String)
        /// The image can't be used; the text says why.
        case imageInvalid(String, reason: String)
        case portTaken(address: String, port: UInt16, holder: String?)
        /// A bind mount's source does not exist or can't be read; `errno`.
        case bindSource(path: String, errno: Int32)
        /// The program was not found (127) or can't be executed (126) in the container.
        case commandNotFound(String)
        /// The profile for system calls at that path is none; the text says why.
        case profileInvalid(path: String, reason: String)
        case commandNotExecutable(String)
        case userUnknown(String)
        /// A user or group, in words, that the caller's subordinate ids do not reach.
        case userUnmapped(String)
        /// No volume of that name is in the store.
        case volumeMissing(String)
        /// A step of the container's set-up was refused by the kernel: the call, its subject, `errno`.
        case systemCall(name: String, subject: String, errno: Int32)
        /// Anything else that ended the sandbox from outside.
        case sandboxLost(String)
    }

    /// What could not be done.
    public var kind: Kind
    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String?

    /// An error of that kind.
    public init(_ kind: Kind, remedy: String? = nil) {
        self.kind = kind
        self.remedy = remedy
    }
}
