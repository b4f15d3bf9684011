import ArgumentParser
import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import ImageStore
import LinuxKernel
import LocalStacks
import Orchestration
import OrderedCollections

/// `harness down`
struct DownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop an environment and take it away; its named volumes stay.",
        discussion: """
            Services are stopped in reverse order of their dependencies, each in its own time (stop_grace_period). A \
            signal that a container's first process would not notice is not waited for. Nothing to take down is no error.
            """)

    /// How long it is waited for somebody who holds the environment and does not answer.
    private static let patience: Duration = .seconds(10)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The environment file or its folder.", completion: .environmentFile)
    var environment: String?

    @Flag(name: [.short, .customLong("volumes")], help: "Remove the environment's own named volumes too.")
    var volumes = false

    @Option(
        help:
            "Remove the environment's images too: all, or local: those that were made here and that the file gives no name."
    )
    var rmi: RemovedImages?

    @OptionGroup var time: StopTimeOption

    mutating func run() throws {
        let command = self
        throw try reportingFailure { try command.takeDown() }
    }

    private func takeDown() throws -> ExitStatusCode {
        let target = try StackTarget.find(options, environment)
        let reporter = RunReporter(options.progress.resolved, verbose: options.verbose)
        var call = DownCall()
        call.removesVolumes = volumes
        call.images = rmi?.request
        call.timeout = time.timeout?.seconds
        do {
            let client = try connect(target)
            let code = try client.perform(.down(call), release: VersionCommand.version) { reply in
                if case .progress(let progress) = reply { reporter.show(progress) }
            }
            return ExitStatusCode(rawValue: code)
        } catch ControlClient.Failure.noMonitor {
            return try clearAway(target, reporter)
        } catch ControlClient.Failure.lost {
            // Killed while it did so.
            return try finish(target, reporter)
        } catch ControlClient.Failure.incompatible(let release, let monitor) {
            reporter.note("it was started by harness \(release); it is asked to end by a signal")
            return try end(monitor, target)
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, target.name)
        } catch let failure as ControlFailure {
            throw Failure(failure)
        }
    }

    /// Connects to the monitor.
    ///
    /// Where the environment is just going up or down, or another harness clears away what a killed one has left, that
    /// is waited for: whoever takes an environment down wants it gone.
    private func connect(_ target: StackTarget) throws -> ControlClient {
        let end = ContinuousClock.now + Self.patience
        while true {
            do {
                return try ControlClient(directory: target.directory)
            } catch ControlClient.Failure.noMonitor {
                let isHeld = try RuntimeDirectory.isHeld(
                    in: target.places.runtimeRoot, identifier: target.identifier)
                guard isHeld, ContinuousClock.now < end else { throw ControlClient.Failure.noMonitor }
                poll(nil, 0, 5)
            }
        }
    }

    /// What the monitor has not come to any more.
    private func finish(_ target: StackTarget, _ reporter: RunReporter) throws -> ExitStatusCode {
        do {
            // Somebody may have started it anew meanwhile: that one is another.
            _ = try connect(target)
            throw Failure(.lost, target.name)
        } catch ControlClient.Failure.noMonitor {
            return try clearAway(target, reporter)
        }
    }

    /// One that was killed, or that is not up at all.
    private func clearAway(_ target: StackTarget, _ reporter: RunReporter) throws -> ExitStatusCode {
        if try RuntimeDirectory.isHeld(in: target.places.runtimeRoot, identifier: target.identifier) {
            throw try target.notUp()
        }
        if let ending = try target.clearAway() {
            reporter.note("the environment '\(target.name)' had ended before: \(ending); what it left has been removed")
        }
        if volumes { try removeVolumes(target) }
        if let rmi { try removeImages(rmi.request, target, reporter) }
        try target.records.remove(target.identifier)
        return .success
    }

    /// Those that the file declares.
    private func removeVolumes(_ target: StackTarget) throws {
        let environment = try options.load(environment, checksContents: false)
        let identity = EnvironmentIdentity(name: environment.name, directory: environment.directory)
        for (key, volume) in environment.volumes where !volume.isExternal {
            let isNamed = volume.name != "\(environment.name)_\(key)"
            let name = isNamed ? volume.name : volume.name + identity.volumeSuffix
            try target.places.store.removeDirectory("\(target.places.store.volumes)/\(name)")
        }
    }

    /// Those that the file names.
    private func removeImages(_ images: DownCall.Images, _ target: StackTarget, _ reporter: RunReporter) throws {
        let environment = try options.load(environment, checksContents: false)
        let engine = EmbeddedEngine(places: target.places, loop: try EventLoop()) { reporter.warn($0) }
        let planner = try Planner(environment, options: Planner.Options(lifetime: .up))
        let (removed, failures) = engine.removeImages(planner.imageRequests.map(\.request), named: images == .all)
        for name in removed { reporter.note("image \(name): removed") }
        for failure in failures { reporter.warn("\(failure.step): \(failure.cause)") }
    }

    /// A monitor of another version takes a signal as everybody does.
    private func end(_ monitor: pid_t, _ target: StackTarget) throws -> ExitStatusCode {
        try checked("kill", "\(monitor)") { kill(monitor, SIGTERM) }
        while try RuntimeDirectory.isHeld(in: target.places.runtimeRoot, identifier: target.identifier) {
            poll(nil, 0, 5)
        }
        return .success
    }
}

/// A number of seconds, 0 or more; or a time with a unit, as `1m30s`.
struct SecondsArgument: ExpressibleByArgument {
    var seconds: Double

    init?(argument: String) {
        if let number = Double(argument) {
            guard number >= 0, number.isFinite else { return nil }
            seconds = number
        } else if let duration = Duration(compose: argument) {
            seconds = duration / .seconds(1)
        } else {
            return nil
        }
    }
}

/// What `--rmi` says.
enum RemovedImages: String, ExpressibleByArgument, CaseIterable {
    case all, local

    /// As the monitor is told.
    var request: DownCall.Images { self == .all ? .all : .local }
}
