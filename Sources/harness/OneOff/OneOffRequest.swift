import Containers
import EmbeddedEngine
import EnvironmentFile
import LinuxKernel
import LocalStacks
import Orchestration
import OrderedCollections

/// `harness run --service`: beside the environment where that is up, else in one that lives as long as the command.
struct OneOffRequest: Sendable {
    var call: RunCall
    let source: EnvironmentSource
    /// Whether every warning about the file is an error.
    var isStrict = false
    /// Whether no registry is asked.
    var isOffline = false
    var isVerbose = false

    /// - Parameter launcher: Started before the command line was read; an environment that is up has one of its own.
    /// - Returns: The command's exit code; the copy has been taken away.
    func perform(_ launcher: Result<LauncherProcess, SystemCallError>) throws -> ExitStatusCode {
        var call = call
        if source.files.contains("-") { call.up.source.standardInput = try StandardInputText.read() }
        let environment = try load(call.up.source)
        let identity = EnvironmentIdentity(name: environment.name, directory: environment.directory)
        let places = try Places.current()
        let target = StackTarget(
            identity.identifier, places, EnvironmentRecords(root: places.environments), name: identity.name)
        let reporter = RunReporter(source.progress.resolved, verbose: isVerbose)
        if try RuntimeDirectory.isHeld(in: places.runtimeRoot, identifier: identity.identifier) {
            // What is wrong is told with the caller's own streams.
            _ = try ServiceCopy(call: call).added(to: environment, named: freeName(in: environment))
            if isOffline { call.up.pullPolicy = PullArgument.never.rawValue }
            let session = ExecSession(
                target: target, request: .runOnce(call), hasTerminal: call.container.hasTerminal)
            return try session.run { reporter.show($0) }
        }
        let name = freeName(in: environment)
        let copied = try ServiceCopy(call: call).added(to: environment, named: name)
        return try OneOffRun(
            environment: copied, service: name, hasTerminal: call.container.hasTerminal, reporter: reporter,
            timeout: call.timeout.map { .seconds($0) }, isOffline: isOffline
        ).perform(launcher)
    }

    private func load(_ source: UpCall.Source) throws -> EnvironmentFile.Environment {
        let input = try source.standardInput.map { SharedDescriptor(try StandardInputText.file(of: $0)) }
        var request = source.request
        if let input { request.standardInput = input.rawValue }
        request.isStrict = isStrict
        let environment = try withExtendedLifetime(input) { try self.source.load(request) }
        return call.isLocked ? try LockFile.pinned(environment) : environment
    }

    private func freeName(in environment: EnvironmentFile.Environment) -> String {
        if let name = call.name { return name }
        var number = 1
        while environment.services["\(call.service)-run-\(number)"] != nil { number += 1 }
        return "\(call.service)-run-\(number)"
    }
}
