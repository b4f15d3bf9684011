import ArgumentParser
import EnvironmentFile
import Glibc
import LocalStacks
import Orchestration

/// What commands on running services share.
struct ServiceOptions: ParsableArguments {
    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "Only these services; all where none is named.", completion: .services)
    var services: [String] = []

    /// Asks for something and prints how it goes on.
    func perform(_ request: ControlRequest) throws -> ExitStatusCode {
        try reportingFailure {
            let reporter = RunReporter(options.progress.resolved, verbose: options.verbose)
            return try ask(try StackTarget.find(options), request) { reply in
                switch reply {
                case .progress(let progress): reporter.show(progress)
                case .exited(let name?, nil): print(name)
                default: break
                }
            }
        }
    }
}

/// A command that asks one thing of services.
protocol ServiceCommand: ParsableCommand {
    var services: ServiceOptions { get }

    /// - Parameter call: About the services that are named.
    func request(_ call: ServiceCall) -> ControlRequest
}

extension ServiceCommand {
    mutating func run() throws { throw try services.perform(request(ServiceCall(services: services.services))) }
}

/// How long services may take to stop.
struct StopTimeOption: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Kill what has not stopped after so many seconds.", valueName: "seconds"))
    var timeout: SecondsArgument?
}

/// `harness start`
struct StartCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start containers that have ended or were stopped, with what they have written.",
        discussion: "Returns when they are ready. What they depend on is not started; 'harness up SERVICE' does that.")

    @OptionGroup var services: ServiceOptions

    func request(_ call: ServiceCall) -> ControlRequest { .start(call) }
}

/// `harness stop`
struct StopCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop containers in reverse order of their dependencies, and keep them.")

    @OptionGroup var services: ServiceOptions

    @OptionGroup var time: StopTimeOption

    func request(_ call: ServiceCall) -> ControlRequest {
        var call = call
        call.timeout = time.timeout?.seconds
        return .stop(call)
    }
}

/// `harness restart`
struct RestartCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop containers and start them again, and what depends on them with 'restart: true'.",
        discussion: "Returns when they are ready. Changes of the file have no effect; 'harness up' takes them up.")

    @OptionGroup var services: ServiceOptions

    @Flag(help: "Leave alone what depends on them.")
    var noDeps = false

    @OptionGroup var time: StopTimeOption

    func request(_ call: ServiceCall) -> ControlRequest {
        var call = call
        call.timeout = time.timeout?.seconds
        call.leavesDependents = noDeps
        return .restart(call)
    }
}

/// `harness kill`
struct KillCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Send a signal to the first processes of containers.")

    @OptionGroup var services: ServiceOptions

    @Option(name: [.short, .long], help: "By name or number.", completion: .list(SignalName.names))
    var signal = "SIGKILL"

    mutating func validate() throws {
        if SignalName.number(of: signal) == nil { throw ValidationError("'\(signal)' is no signal") }
    }

    func request(_ call: ServiceCall) -> ControlRequest {
        var call = call
        call.signal = SignalName.number(of: signal)
        return .kill(call)
    }
}

/// `harness pause`
struct PauseCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop all processes of containers where they are, until 'unpause'.")

    @OptionGroup var services: ServiceOptions

    func request(_ call: ServiceCall) -> ControlRequest { .pause(call) }
}

/// `harness unpause`
struct UnpauseCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Let the processes of paused containers go on.")

    @OptionGroup var services: ServiceOptions

    func request(_ call: ServiceCall) -> ControlRequest { .unpause(call) }
}

/// `harness wait`
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until containers have ended, and print their exit codes.",
        discussion: "The exit code is that of the container that ended last.")

    @OptionGroup var services: ServiceOptions

    mutating func run() throws {
        let services = services
        var last: Int32 = 0
        let code = try reportingFailure {
            try ask(try StackTarget.find(services.options), .wait(ServiceCall(services: services.services))) { reply in
                guard case .exited(let name?, let code) = reply else { return }
                last = code ?? 0
                print("\(name) \(last)")
            }
        }
        throw code == .success ? ExitStatusCode(rawValue: last) : code
    }
}

/// `harness events`
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print what happens in an environment, until it is gone.",
        discussion: "With --format json one object a line, with the keys of 'harness run --progress json'.")

    @OptionGroup var options: EnvironmentOptions

    @Option(help: "table or json.")
    var format = OutputFormat.table

    mutating func run() throws {
        let (options, format) = (options, format)
        try reportingFailure {
            let target = try StackTarget.find(options)
            do {
                let client = try target.connect()
                try client.call(.events, release: VersionCommand.version)
                while true {
                    guard case .progress(let progress) = try client.next() else { continue }
                    let line = format == .json ? progress.record : progress.line
                    if let line { try StandardOutput.write(line + "\n") }
                }
            } catch ControlClient.Failure.lost {
                // One that was taken down is gone, and so is what there was to tell.
                if let failure = try target.lost() { throw failure }
            } catch let failure as ControlFailure {
                throw Failure(failure)
            }
        }
    }
}

/// `harness port`
struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port",
        abstract: "Print where a service's port is on the host.",
        usage: "harness port [OPTIONS] SERVICE [PORT]")

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The service.", completion: .service)
    var service: String

    @Argument(help: "The container's port, as 80 or 53/udp; all where none is given.")
    var port: String?

    @Option(help: "tcp or udp.", completion: .list(["tcp", "udp"]))
    var transport = "tcp"

    @Option(help: ArgumentHelp("Which of the service's containers, from 1.", valueName: "number"))
    var index = 1

    mutating func run() throws {
        let command = self
        try reportingFailure { try command.show() }
    }

    private func show() throws {
        var records: [ServiceRecord] = []
        _ = try ask(try StackTarget.find(options), .status) { reply in
            if case .service(let record) = reply { records.append(record) }
        }
        let matching = records.filter { $0.container == service || $0.service == service }
        guard let record = matching.first(where: { $0.number == index || $0.container == service }) else {
            throw Failure("no service '\(service)' is in the environment", remedy: "see 'harness ps'", code: .usage)
        }
        guard let port else {
            for port in record.ports {
                print("\(port.target)/\(port.transport) -> \(port.address):\(port.published)")
            }
            return
        }
        let parts = port.split(separator: "/", maxSplits: 1)
        guard let number = parts.first.flatMap({ UInt16($0) }) else {
            throw Failure("'\(port)' is no port", remedy: "write a number, as 80 or 53/udp", code: .usage)
        }
        let kind = parts.count > 1 ? String(parts[1]) : transport
        guard let found = record.ports.first(where: { $0.target == number && $0.transport == kind }) else {
            throw Failure(
                "'\(service)' publishes no port \(number)/\(kind)",
                remedy: record.ports.isEmpty ? "give it 'ports' in the file" : "see 'harness port \(service)'",
                code: .unavailable)
        }
        print("\(found.address):\(found.published)")
    }
}
