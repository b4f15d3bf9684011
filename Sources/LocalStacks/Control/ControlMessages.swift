/// What a command asks of the monitor of an environment, first of all on its connection.
public struct ControlCall: Codable, Sendable {
    /// The version of these messages; another one is answered with ``ControlReply/incompatible(version:release:)``.
    public static let currentVersion = 3

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
    /// Runs a copy of a service beside the environment's containers until it ends: `progress`, `started`, later
    /// `exited`, once it has been taken away. Descriptors and notes as for ``exec(_:)``.
    case runOnce(RunCall)
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
    /// Keeps containers up to date with files of the host by `develop.watch`, until the caller goes: `progress`.
    case watch(UpCall)
    /// Runs a service's new version beside the old one, or settles that: `progress`.
    case switchOver(SwitchCall)
    /// Descriptor: a packet socket, over which one of the container's root directory is sent.
    case root(ContainerCall)
    /// `attached`, and `exited` when the container ends. Descriptors: where its standard output and error go from now
    /// on, and a packet socket, over which one of its standard input is sent if it has one and that was asked for.
    /// ``ControlNote``s may follow.
    case attach(AttachCall)
}

/// What may follow a request on its connection.
public enum ControlNote: Codable, Sendable {
    /// For the process that the request is about.
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
        /// Services that are enabled whatever their profiles.
        public var enabledServices: Set<String> = []
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
    /// Images that are built are built again.
    public var builds = false
    /// The pull policy instead of the file's: `always`, `missing` or `never`; `nil`: the file's.
    public var pullPolicy: String?
    /// Containers are kept up to date with files of the host by `develop.watch`.
    public var watches = false
    /// Nothing is done; what would be is told.
    public var isDryRun = false
    /// Seconds after which whatever is not ready has failed; `nil`: as long as its own bounds let it.
    public var timeout: Double?

    /// Everything that a file says.
    public init(source: Source) { self.source = source }
}

/// A request to take an environment down.
public struct DownCall: Codable, Hashable, Sendable {
    /// Which images a removal takes along.
    public enum Images: String, Codable, Hashable, Sendable, CaseIterable {
        case all
        /// Those that were made here and have no name.
        case local
    }

    /// Its own named volumes go too.
    public var removesVolumes = false
    /// Its images go too, as far as nobody else uses them; `nil`: none.
    public var images: Images?
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

/// One container.
public struct ContainerCall: Codable, Hashable, Sendable {
    /// The service, or the container.
    public var service: String
    /// Which of a service's containers; `nil`: the first.
    public var number: Int?

    /// A container of a service.
    public init(service: String, number: Int? = nil) {
        self.service = service
        self.number = number
    }
}

/// A request to see what a container prints, and to type what it reads.
public struct AttachCall: Codable, Hashable, Sendable {
    /// To which container.
    public var container: ContainerCall
    /// Whether something is to be typed.
    public var hasInput: Bool

    /// Takes both.
    public init(_ container: ContainerCall, hasInput: Bool) {
        self.container = container
        self.hasInput = hasInput
    }
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
    /// What the container prints comes from now on; whether it has a terminal, and whether something can be typed.
    case attached(hasTerminal: Bool, hasInput: Bool)
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
