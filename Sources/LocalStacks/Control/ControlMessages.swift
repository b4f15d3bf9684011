/// What a command asks of the monitor of an environment, first of all on its connection.
public struct ControlCall: Codable, Sendable {
    /// The version of these messages; another one is answered with ``ControlReply/incompatible(version:release:)``.
    public static let currentVersion = 1

    /// ``currentVersion`` of whoever calls.
    public var version: Int
    /// The version of the program that calls.
    public var release: String
    /// What is asked.
    public var request: ControlRequest

    /// A call of this program's version.
    public init(_ request: ControlRequest, release: String) {
        version = Self.currentVersion
        self.release = release
        self.request = request
    }
}

/// What can be read of a call of any version.
struct ControlHeader: Codable {
    var version: Int
    var release: String
}

/// A request; what is answered is named here. Every answer ends with `done` or `failed`.
public enum ControlRequest: Codable, Sendable {
    /// `service` for every container.
    case status
    /// Brings the environment to its file as it is now: `progress`.
    case up(UpCall)
    /// Takes everything down and ends the monitor: `progress`.
    case down(DownCall)
    /// Starts a process in a container: `started`, later `exited`. Descriptors: standard input, output and error, or
    /// three times the socket for its terminal. ``ControlNote``s may follow.
    case exec(ExecCall)
    /// `progress`
    case start(ServiceCall)
    /// `progress`
    case stop(ServiceCall)
    /// `progress`
    case restart(ServiceCall)
    /// `exited` without a code for each that was reached.
    case kill(ServiceCall)
    /// `exited` without a code for each that was reached.
    case pause(ServiceCall)
    /// `exited` without a code for each that was reached.
    case unpause(ServiceCall)
    /// `exited` for each.
    case wait(ServiceCall)
    /// `progress` until the caller goes, or the environment.
    case events
}

/// What may follow a request on its connection.
public enum ControlNote: Codable, Sendable {
    /// For the process that `exec` started.
    case signal(Int32)
}

/// A request for an environment to be as its file says.
public struct UpCall: Codable, Hashable, Sendable {
    /// How its file is found and read.
    public struct Source: Codable, Hashable, Sendable {
        /// The ENV argument.
        public var location: String?
        /// `-f`
        public var files: [String] = []
        /// `-p`
        public var projectName: String?
        /// `--project-directory`
        public var projectDirectory: String?
        /// `--env-file`
        public var environmentFiles: [String] = []
        /// `--profile`
        public var profiles: [String] = []
        /// The caller's environment variables.
        public var variables: [String: String] = [:]
        /// The caller's current directory.
        public var currentDirectory: String
        /// What `-f -` stands for; `nil`: it is not used.
        public var standardInput: String?

        /// A source in that directory.
        public init(currentDirectory: String) { self.currentDirectory = currentDirectory }
    }

    /// How its file is found and read.
    public var source: Source
    /// The services to see to, with what they depend on; empty: all.
    public var services: [String] = []
    /// How many containers a service has, instead of what the file says.
    public var scale: [String: Int] = [:]
    /// What is seen to is replaced whether it has changed or not.
    public var recreates = false
    /// What the services depend on is left alone.
    public var leavesDependencies = false
    /// Containers of services that the file does not have any more are taken away.
    public var removesOrphans = false
    /// Nothing is done; what would be is told.
    public var isDryRun = false
    /// Seconds after which whatever is not ready has failed; `nil`: as long as its own bounds let it.
    public var timeout: Double?

    /// Everything that a file says.
    public init(source: Source) { self.source = source }
}

/// A request to take an environment down.
public struct DownCall: Codable, Hashable, Sendable {
    /// Its own named volumes go too.
    public var removesVolumes = false
    /// Seconds that every service has to stop in; `nil`: its own.
    public var timeout: Double?
    /// Nobody is waited for.
    public var isUrgent = false

    /// Everything but volumes, each service in its own time.
    public init() {}
}

/// A process to be started in a container.
public struct ExecCall: Codable, Hashable, Sendable {
    /// The service, or the container.
    public var service: String
    /// Which of a service's containers; `nil`: the first.
    public var number: Int?
    /// The program and its arguments; empty: a shell, the best that there is.
    public var command: [String] = []
    /// `nil`: the service's.
    public var user: String?
    /// `nil`: the service's.
    public var workingDirectory: String?
    /// `NAME=value` on top of the service's.
    public var environment: [String] = []
    /// With every capability.
    public var isPrivileged = false
    /// Whether the process gets a terminal of its own.
    public var hasTerminal = false
    /// Nobody waits for it, and it has no streams.
    public var isDetached = false

    /// A process in a service's container.
    public init(service: String) { self.service = service }
}

/// A request about services.
public struct ServiceCall: Codable, Hashable, Sendable {
    /// Services or containers; empty: all.
    public var services: [String] = []
    /// Seconds that every service has to stop in; `nil`: its own.
    public var timeout: Double?
    /// For `kill`.
    public var signal: Int32?
    /// For `restart`: what depends on them is left alone.
    public var leavesDependents = false
    /// For `stop`: the containers are thrown away too.
    public var removes = false

    /// About all of them.
    public init(services: [String] = []) { self.services = services }
}

/// What the monitor answers.
public enum ControlReply: Codable, Sendable {
    /// The call is of another version of the messages than the monitor's.
    case incompatible(version: Int, release: String)
    /// The request could not be carried out; the last answer.
    case failed(ControlFailure)
    /// Something has happened.
    case progress(ControlProgress)
    /// One container.
    case service(ServiceRecord)
    /// The process runs.
    case started
    /// Something has ended, or was reached; of a process without a name.
    case exited(name: String?, code: Int32?)
    /// The last answer, with the exit code for the command.
    case done(code: Int32)
}

/// Why a request could not be carried out.
public struct ControlFailure: Codable, Error, Hashable, Sendable {
    /// What a person is told, as lines.
    public var message: String
    /// The next thing to try.
    public var remedy: String?
    /// The exit code for the command.
    public var code: Int32
    /// The message is whole, and needs nothing before it.
    public var isReport: Bool

    /// A failure in these words.
    public init(_ message: String, remedy: String? = nil, code: Int32, isReport: Bool = false) {
        self.message = message
        self.remedy = remedy
        self.code = code
        self.isReport = isReport
    }
}

/// Something that has happened in an environment, as a person and as a program reads it.
public struct ControlProgress: Codable, Hashable, Sendable {
    /// One line; `nil`: of no interest to a person.
    public var line: String?
    /// The event as one line of JSON; `nil`: only for people.
    public var record: String?

    /// Takes both.
    public init(line: String?, record: String?) {
        self.line = line
        self.record = record
    }
}
