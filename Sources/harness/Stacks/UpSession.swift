import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration

/// One `harness up`: it becomes the environment's monitor, or asks the one that there is.
struct UpSession {
    /// How long a monitor may take to go up or down while nobody can talk to it.
    private static let patience: Duration = .seconds(30)

    let call: UpCall
    let environment: EnvironmentFile.Environment
    let identity: EnvironmentIdentity
    let places: Places
    let reporter: RunReporter

    private var target: StackTarget {
        StackTarget(
            identity.identifier, places, EnvironmentRecords(root: places.environments), name: identity.name)
    }

    func run(
        _ launcher: Result<LauncherProcess, SystemCallError>?, _ detachment: Detachment?, attachment: Attachment?
    ) throws -> ExitStatusCode {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            if let directory = try claim() {
                return try monitor(directory, launcher, detachment, attachment)
            }
            do {
                let client = try ControlClient(directory: target.directory)
                return try ask(client, isAttached: attachment != nil)
            } catch ControlClient.Failure.noMonitor, ControlClient.Failure.lost {
                // It is just going up, or down.
                guard ContinuousClock.now < deadline else { throw try target.notUp() }
                poll(nil, 0, 5)
            } catch let failure as ControlClient.Failure {
                throw Failure(failure, identity.name)
            } catch let failure as ControlFailure {
                throw Failure(failure)
            }
        }
    }

    private func claim() throws -> RuntimeDirectory? {
        let scratch = places.diskScratch
        return try RuntimeDirectory.claim(in: places.runtimeRoot, identifier: identity.identifier) { abandoned in
            try Leftovers.remove(abandoned, diskScratch: scratch)
        }
    }

    private func monitor(
        _ directory: RuntimeDirectory, _ launcher: Result<LauncherProcess, SystemCallError>?,
        _ detachment: Detachment?, _ attachment: Attachment?
    ) throws -> ExitStatusCode {
        let loop = try EventLoop()
        let reporter = reporter
        let engine = EmbeddedEngine(
            places: places, scratch: try RunRequest.scratch(), loop: loop,
            puller: RegistryPuller(places: places, loop: loop) { reporter.warn($0) }
        ) { reporter.warn($0) }
        engine.adopt(directory)
        let monitor = Monitor(
            identity: identity, directory: directory, places: places, loop: loop, engine: engine, reporter: reporter,
            attachment: attachment)
        let (call, environment) = (call, environment)
        return try loop.run {
            // The launcher's messages are the loop's from here on.
            if let launcher { try engine.adopt(launcher) }
            reporter.begin(environment, stays: true)
            return try await monitor.run(call, environment, detachment: detachment)
        }
    }

    // MARK: An environment that is up

    private func ask(_ client: borrowing ControlClient, isAttached: Bool) throws -> ExitStatusCode {
        let code = try client.perform(.up(call), release: VersionCommand.version) { reply in
            if case .progress(let progress) = reply { reporter.show(progress) }
        }
        guard isAttached, code == 0 else { return ExitStatusCode(rawValue: code) }
        if call.watches {
            return try harness.ask(target, .watch(call)) { reply in
                if case .progress(let progress) = reply { reporter.show(progress) }
            }
        }
        reporter.note("the environment was up before, and stays up when this command is ended")
        var selection = LogSelection()
        selection.follows = true
        selection.tail = 0
        return try LogSession(target: target, selection: selection).run()
    }

    /// Prints what would be done.
    func dryRun() throws -> ExitStatusCode {
        do {
            let client = try ControlClient(directory: target.directory)
            let code = try client.perform(.up(call), release: VersionCommand.version) { reply in
                guard case .progress(let progress) = reply, let line = progress.line else { return }
                try StandardOutput.write(line + "\n")
            }
            return ExitStatusCode(rawValue: code)
        } catch ControlClient.Failure.noMonitor {
            return try dryRunFromNothing()
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, identity.name)
        } catch let failure as ControlFailure {
            throw Failure(failure)
        }
    }

    private func dryRunFromNothing() throws -> ExitStatusCode {
        let loop = try EventLoop()
        let reporter = reporter
        let engine = EmbeddedEngine(
            places: places, loop: loop, puller: RegistryPuller(places: places, loop: loop) { reporter.warn($0) }
        ) { reporter.warn($0) }
        let planning = StackPlanning(call: call, engine: engine, identity: identity) { _ in }
        let environment = environment
        do {
            let request = try loop.run { try await planning.request(environment, on: nil) }
            let reconciliation = Reconciliation(
                present: [], networks: [], wanted: request.plan, options: request.options)
            for change in reconciliation.changes where change.action != .keep {
                try StandardOutput.write("\(change)\n")
            }
            return .success
        } catch {
            return try reporter.finish(failure: error)
        }
    }
}
