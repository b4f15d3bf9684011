import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

/// One `harness run`, from the start of the launcher to the exit code.
struct RunSession {
    /// What the command line says.
    struct Settings: Sendable {
        var command: [String]?
        var timeout: Duration?
        var keeps: Bool
        var projectName: String?
        /// Whether no registry is asked.
        var isOffline = false
        /// Instead of the file's test.
        var oneOff: OneOff?
    }

    /// A service whose container is run in place of a test.
    struct OneOff: Sendable {
        var service: String
        /// Its standard streams, three times a socket for its terminal; `nil`: the caller's.
        var streams: [Int32]?
    }

    let loop: EventLoop
    let places: Places
    let scratch: EmbeddedEngine.Scratch
    /// Started before the command line was read.
    let launcher: Result<LauncherProcess, SystemCallError>
    let reporter: RunReporter

    /// - Returns: The exit code; everything has been taken down.
    func run(_ settings: Settings, load: @Sendable () throws -> Environment) async throws -> ExitStatusCode {
        let interruption = Interruption()
        let interrupts = try Interrupts([SIGINT, SIGTERM, SIGHUP], on: loop)
        interrupts.onSignal { interruption.interrupt(signal: $0) }
        let reporter = reporter
        let engine = EmbeddedEngine(
            places: places, scratch: scratch, loop: loop,
            puller: RegistryPuller(places: places, loop: loop) { reporter.warn($0) }, isOffline: settings.isOffline
        ) { reporter.warn($0) }
        try engine.adopt(launcher)
        do {
            let environment = try load()
            reporter.begin(environment)
            if settings.isOffline { try requireImages(of: environment, settings, engine) }
            let run = Run(
                environment: environment, engine: engine, clock: EventLoopClock(loop),
                options: options(settings, environment), interruption: interruption, executor: loop,
                events: { reporter.show($0) })
            let outcome = try await run.perform()
            try await engine.close()
            withExtendedLifetime(interrupts) {}
            if engine.hasLostSandbox, case .exited = outcome.ending { return try reporter.finish(failure: Self.lost) }
            return reporter.finish(outcome, sumsUp: settings.oneOff == nil)
        } catch {
            try await engine.close()
            if let failure = settings.oneOff.flatMap({ Self.failure(error, of: $0) }) {
                reporter.end()
                throw failure
            }
            return try reporter.finish(failure: engine.hasLostSandbox ? Self.lost : error)
        }
    }

    /// What the engine says of a container that was made for a command: no file has a line for it.
    private static func failure(_ error: any Error, of oneOff: OneOff) -> Failure? {
        guard let error = error as? BootError, error.phase == .test || error.service == oneOff.service,
            let cause = error.engineError
        else { return nil }
        return Failure("\(cause)", remedy: cause.remedy, code: RunReporter.code(of: error))
    }

    /// Says at once everything that is missing.
    private func requireImages(
        of environment: Environment, _ settings: Settings, _ engine: EmbeddedEngine
    ) throws {
        let planner = try Planner(environment, options: options(settings, environment).planner)
        let services = planner.imageRequests
        let requests = services.map(\.request) + [planner.testImageRequest].compactMap { $0 }
        let missing = try engine.missing(requests)
        guard !missing.isEmpty else { return }
        var seen: Set<String> = []
        let lines = missing.filter { seen.insert($0.name).inserted }.map { request in
            let users = services.filter { $0.request == request }.map { "'\($0.service.name)'" }
            return "\n  \(request.name) (\(users.isEmpty ? "the test" : users.joined(separator: ", ")))"
        }
        throw Failure(
            "--offline: the store lacks\(lines.joined())",
            remedy: "run once without --offline, or add them with 'harness image pull', 'load' or 'import'",
            code: .unavailable)
    }

    private static let lost = EngineError(
        .sandboxLost("its launcher was killed or has crashed"),
        remedy: "look at the kernel's log: did memory run out?")

    private func options(_ settings: Settings, _ environment: Environment) -> Run.Options {
        let variables = Places.variables
        var planner = Planner.Options(
            testCommand: settings.command, testTimeout: settings.timeout, projectName: settings.projectName,
            hostEnvironment: variables.map { "\($0.key)=\($0.value)" }.sorted(),
            hostDirectory: EnvironmentSource.currentDirectory())
        planner.lifetime = .run
        if let oneOff = settings.oneOff {
            planner.services = [oneOff.service]
            planner.oneOff = oneOff.service
        }
        guard settings.keeps else { return Run.Options(planner: planner, testStreams: settings.oneOff?.streams) }
        let (reporter, loop) = (reporter, loop)
        return Run.Options(planner: planner) { _ in
            reporter.kept()
            do {
                while true { try await loop.sleep(for: .seconds(3600)) }
            } catch {
                // The interruption that ends the waiting.
                return
            }
        }
    }
}
