import Containers
import EmbeddedEngine
import EnvironmentFile
import LinuxKernel
import LocalStacks

/// What `harness run` is asked to do: ``RunCommand`` without the parser's wrappers.
struct RunRequest: Sendable {
    static let commandName = "run"

    var source = EnvironmentSource()
    /// The ENV argument.
    var location: String?
    /// The test command; empty: the file's own.
    var command: [String] = []
    var timeout: Duration?
    /// Whether the environment stays up when the test fails.
    var keeps = false
    /// Whether every warning is an error.
    var isStrict = false
    /// Whether no registry is asked.
    var isOffline = false
    /// Whether exactly the images run that the lock file names.
    var isLocked = false
    var isVerbose = false
    /// Instead of a test.
    var oneOff: RunCall?

    /// - Parameter launcher: Started before the command line was read: it gets ready on another core meanwhile.
    /// - Throws: ``ExitStatusCode``, always: how the run has ended.
    func perform(_ launcher: Result<LauncherProcess, SystemCallError>) throws -> Never {
        if let oneOff {
            var request = OneOffRequest(call: oneOff, source: source)
            (request.isStrict, request.isOffline, request.isVerbose) = (isStrict, isOffline, isVerbose)
            throw try reportingFailure { try request.perform(launcher) }
        }
        let (places, scratch) = try reportingFailure { (try Places.current(), try Self.scratch()) }
        let loop = try reportingFailure {
            _ = try DescriptorLimit.raise()
            return try EventLoop()
        }
        let session = RunSession(
            loop: loop, places: places, scratch: scratch, launcher: launcher,
            reporter: RunReporter(source.progress.resolved, verbose: isVerbose))
        let settings = RunSession.Settings(
            command: command.isEmpty ? nil : command, timeout: timeout, keeps: keeps, projectName: source.projectName,
            isOffline: isOffline)
        throw try reportingFailure { try loop.run { try await session.run(settings) { try load() } } }
    }

    private func load() throws -> Environment {
        let environment = try source.load(location, isStrict: isStrict)
        return isLocked ? try LockFile.pinned(environment) : environment
    }

    static func scratch() throws -> EmbeddedEngine.Scratch {
        guard let text = Places.variables["HARNESS_SCRATCH"], !text.isEmpty else { return .auto }
        guard let scratch = EmbeddedEngine.Scratch(rawValue: text) else {
            StandardError.write(
                Failure(
                    "HARNESS_SCRATCH is '\(text)'", remedy: "use auto, memory or disk", code: .usage
                ).text)
            throw ExitStatusCode.usage
        }
        return scratch
    }
}

extension RunRequest {
    /// `harness run [ENV] [-- COMMAND…]` as scripts call it most, without a single option.
    ///
    /// swift-argument-parser takes some four milliseconds for the same words, a third of a small run: most of it goes into
    /// looking up protocol conformances, each by a search through those of the whole program.
    ///
    /// - Parameter words: What follows `run`.
    /// - Returns: `nil` for whatever else it may be, mistakes included: the parser has the words for it.
    init?(withoutOptions words: some Collection<String>) {
        let end = words.firstIndex(of: "--") ?? words.endIndex
        let positional = words[..<end]
        guard positional.count <= 1, !positional.contains(where: { $0.isEmpty || $0.hasPrefix("-") }) else {
            return nil
        }
        self.init(location: positional.first, command: Array(words[end...].dropFirst()))
    }
}
