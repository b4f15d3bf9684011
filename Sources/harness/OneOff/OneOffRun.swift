import Containers
import EmbeddedEngine
import EnvironmentFile
import LinuxKernel
import Orchestration

/// One container of an environment run in place of a test: what it depends on is up meanwhile, and nothing stays.
struct OneOffRun {
    let environment: EnvironmentFile.Environment
    /// The container's service.
    let service: String
    let hasTerminal: Bool
    let reporter: RunReporter
    /// After which it is killed; `nil`: never.
    var timeout: Duration?
    /// Whether no registry is asked.
    var isOffline = false

    /// - Returns: The container's exit code, or what says why there is none.
    func perform(_ launcher: Result<LauncherProcess, SystemCallError>) throws -> ExitStatusCode {
        _ = try DescriptorLimit.raise()
        let loop = try EventLoop()
        let terminal = hasTerminal ? try OneOffTerminal() : nil
        defer { terminal?.finish() }
        let session = RunSession(
            loop: loop, places: try Places.current(), scratch: try RunRequest.scratch(), launcher: launcher,
            reporter: reporter)
        var settings = RunSession.Settings(command: nil, timeout: timeout, keeps: false, projectName: nil)
        settings.isOffline = isOffline
        settings.oneOff = RunSession.OneOff(
            service: service, streams: terminal.map { [Int32](repeating: $0.socket.rawValue, count: 3) })
        let environment = environment
        return try loop.run { [settings] in try await session.run(settings) { environment } }
    }
}
