import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import ImageStore
import LinuxKernel
import LocalStacks

/// The environment that a command is about, found by its folder: whatever its file says by now.
struct StackTarget {
    /// How long it is waited for a monitor that is just ending.
    private static let patience: Duration = .seconds(10)
    /// The same for one that does not answer, and may be going up.
    private static let moment: Duration = .seconds(1)

    /// See ``EnvironmentIdentity/identifier``.
    var identifier: String
    /// Its runtime directory, which it has as long as it is up.
    var directory: String
    var records: EnvironmentRecords
    let places: Places

    /// What a person calls it.
    var name: String

    /// Finds it.
    ///
    /// - Parameter location: The ENV argument.
    /// - Throws: ``Failure`` where no file and no name tell which, or the name is one of several.
    static func find(_ options: EnvironmentOptions, _ location: String? = nil) throws -> StackTarget {
        try find(options.source, location)
    }

    /// As ``find(_:_:)``, of what is said without the parser.
    static func find(_ source: EnvironmentSource, _ location: String? = nil) throws -> StackTarget {
        let places = try Places.current()
        let records = EnvironmentRecords(root: places.environments)
        let found = EnvironmentLoader.locate(source.request(location))
        var candidates = Set(try runtimeNames(places)).union(try records.identifiers())
        if let directory = found.directory {
            let suffix = EnvironmentIdentity.suffix(directory: directory)
            candidates = candidates.filter { $0.hasSuffix(suffix) }
        }
        if let name = found.projectName {
            candidates = candidates.filter { EnvironmentIdentity.isIdentifier($0, of: name) }
        }
        if found.directory == nil, found.projectName == nil {
            throw Failure(
                "no environment file here or in any folder above",
                remedy: "go to the environment's folder, or name a file with '-f' or a project with '-p'",
                code: .usage)
        }
        if candidates.count == 1, let identifier = candidates.first {
            return StackTarget(identifier, places, records)
        }
        if let name = found.projectName, let directory = found.directory {
            let identity = EnvironmentIdentity(name: name, directory: directory)
            return StackTarget(identity.identifier, places, records, name: name)
        }
        if let name = found.projectName {
            if candidates.isEmpty { throw Failure("no environment '\(name)' is up", code: .unavailable) }
            throw Failure(
                "\(candidates.count) environments have the name '\(name)'",
                remedy: "go to the folder of the one that is meant; 'harness ls' lists them", code: .usage)
        }
        return try byFile(source, location, found.directory ?? "/", places, records)
    }

    /// The file's own name decides.
    private static func byFile(
        _ source: EnvironmentSource, _ location: String?, _ directory: String, _ places: Places,
        _ records: EnvironmentRecords
    ) throws -> StackTarget {
        let environment = try source.load(location, checksContents: false)
        let identity = EnvironmentIdentity(name: environment.name, directory: environment.directory)
        return StackTarget(identity.identifier, places, records, name: environment.name)
    }

    init(_ identifier: String, _ places: Places, _ records: EnvironmentRecords, name: String? = nil) {
        self.identifier = identifier
        self.places = places
        self.records = records
        directory = "\(places.runtimeRoot)/\(identifier)"
        let parts = identifier.split(separator: "-", omittingEmptySubsequences: false).dropLast()
        self.name = name ?? parts.joined(separator: "-")
    }

    /// The names in the runtime root; none where there is no such directory yet.
    static func runtimeNames(_ places: Places) throws(SystemCallError) -> [String] {
        try RuntimeDirectory.names(in: places.runtimeRoot).filter { !$0.hasPrefix(".") }
    }

    /// Where the logs of its containers are.
    var logs: String { records.logs(identifier) }

    /// Connects to its monitor.
    ///
    /// - Throws: ``Failure``: it is not up, or has been killed, of which everything that is left is removed.
    func connect() throws -> ControlClient {
        do {
            return try ControlClient(directory: directory)
        } catch ControlClient.Failure.noMonitor {
            throw try notUp()
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, name)
        }
    }

    /// Says that the environment is not up, and why where that is known; removes what a killed one has left.
    func notUp() throws -> Failure {
        // One that was just killed holds it for a moment longer.
        guard try isLetGo(within: Self.moment) else {
            return Failure(
                "the environment '\(name)' is just going up or down", remedy: "try again", code: .unavailable)
        }
        return try ended() ?? Failure(.noMonitor, name)
    }

    /// Says how an environment has ended that was killed, and removes what it has left.
    ///
    /// - Returns: `nil` where it was taken down, or never up.
    private func ended() throws -> Failure? {
        guard let ending = try clearAway() else { return nil }
        return Failure(
            "the environment '\(name)' is not up any more: \(ending). What it left has been removed; named volumes and"
                + " logs are kept",
            remedy: "start it again: harness up -d", code: .unavailable)
    }

    /// The same for a monitor that has just gone while it was spoken with.
    func lost() throws -> Failure? {
        // Its lock is free a moment after its connections have ended.
        try isLetGo(within: Self.patience) ? try ended() : nil
    }

    /// Waits until nobody holds the environment, for a bounded time.
    private func isLetGo(within patience: Duration) throws -> Bool {
        let end = ContinuousClock.now + patience
        while try RuntimeDirectory.isHeld(in: places.runtimeRoot, identifier: identifier) {
            guard ContinuousClock.now < end else { return false }
            poll(nil, 0, 5)
        }
        return true
    }

    /// Removes what a killed environment has left, but for its logs.
    ///
    /// - Returns: What has happened to it; `nil` where it was taken down, or never up.
    func clearAway() throws -> String? {
        try Leftovers.sweep(runtimeRoot: places.runtimeRoot, diskScratch: places.diskScratch)
        guard let record = try records.read(identifier) else { return nil }
        try records.removeRecord(identifier)
        return record.ending(bootID: EnvironmentRecord.currentBootID())
    }
}

extension Places {
    /// Records and logs of environments that stay up.
    var environments: String { "\(store.root)/environments" }
}

extension Failure {
    /// Why a monitor can't be spoken with.
    init(_ failure: ControlClient.Failure, _ name: String) {
        switch failure {
        case .noMonitor:
            self.init("the environment '\(name)' is not up", remedy: "start it: harness up -d", code: .unavailable)
        case .foreign:
            self.init("the environment '\(name)' is another user's", code: .engineFailed)
        case .incompatible(let release, _):
            self.init(
                "the environment '\(name)' was started by harness \(release), which speaks another protocol than"
                    + " harness \(VersionCommand.version)",
                remedy: "take it down and start it again: harness down, harness up -d", code: .engineFailed)
        case .lost:
            self.init("the environment '\(name)' has gone meanwhile", remedy: "see 'harness ps'", code: .engineFailed)
        case .invalid:
            self.init("the monitor of '\(name)' gives answers that can't be read", code: .engineFailed)
        }
    }

    /// What a monitor has said.
    init(_ failure: ControlFailure) {
        self.init(failure.message, remedy: failure.remedy, code: ExitStatusCode(rawValue: failure.code))
        isReport = failure.isReport
    }
}

/// Asks an environment's monitor and takes all its answers.
///
/// - Returns: The exit code for the command.
func ask(
    _ target: StackTarget, _ request: ControlRequest, descriptors: [CInt] = [],
    each: (ControlReply) throws -> Void = { _ in }
) throws -> ExitStatusCode {
    do {
        let client = try target.connect()
        let code = try client.perform(
            request, release: VersionCommand.version, descriptors: descriptors, each: each)
        return ExitStatusCode(rawValue: code)
    } catch ControlClient.Failure.lost {
        throw try target.lost() ?? Failure(.lost, target.name)
    } catch let failure as ControlClient.Failure {
        throw Failure(failure, target.name)
    } catch let failure as ControlFailure {
        throw Failure(failure)
    }
}
