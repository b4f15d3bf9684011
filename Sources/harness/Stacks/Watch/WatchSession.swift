import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration

/// Keeps containers up to date with files of the host, by the rules of `develop.watch`.
struct WatchSession: Sendable {
    /// Changes come in swarms: it is waited until so long nothing has come.
    private static let quiet: Duration = .milliseconds(50)
    /// But no longer than this.
    private static let patience: Duration = .seconds(1)

    let rules: WatchRules
    let trees: WatchedTrees
    let monitor: Monitor
    let call: UpCall

    /// Looks at everything that is watched; on another thread, since that may be much.
    ///
    /// - Throws: ``Failure``: a rule can't be followed.
    static func make(
        _ environment: EnvironmentFile.Environment, _ call: UpCall, on monitor: Monitor
    ) async throws -> WatchSession {
        try await monitor.loop.offload {
            let rules = try WatchRules(environment, services: call.services)
            do throws(SystemCallError) {
                let trees = try WatchedTrees(rules.entries.map(\.root))
                return WatchSession(rules: rules, trees: trees, monitor: monitor, call: call)
            } catch {
                guard error.errno == ENOSPC else { throw error }
                throw Failure(
                    "more folders are to be watched than this user may",
                    remedy: "say what to 'ignore', or raise the limit: sysctl fs.inotify.max_user_watches=1048576",
                    code: .engineFailed)
            }
        }
    }

    /// Follows the rules until its task is cancelled, or the environment ends.
    func run() async throws {
        guard let stack = monitor.stack else { return }
        for (number, entry) in rules.entries.enumerated() where entry.rule.copiesAtStart {
            await reporting(entry.service) {
                try await copy(trees.everything(of: number), by: entry, on: stack)
            }
        }
        tell(
            rules.services.joined(separator: ", "), "watching \(rules.entries.map(\.rule.path).joined(separator: ", "))"
        )
        while monitor.ending.value == nil {
            try await monitor.loop.ready(trees.descriptor, for: .readable)
            try await settle()
            let changes = try await monitor.loop.offload { [trees] in try trees.changes() }
            // Another than before where the networks have changed.
            guard let stack = monitor.stack else { return }
            for service in rules.services {
                let hits = rules.entries.indices.filter { rules.entries[$0].service == service && changes[$0] != nil }
                if hits.isEmpty { continue }
                await reporting(service) { try await follow(hits, changes, of: service, on: stack) }
            }
        }
    }

    private func settle() async throws {
        let end = ContinuousClock.now + Self.patience
        while trees.gather(), ContinuousClock.now < end { try await monitor.loop.sleep(for: Self.quiet) }
    }

    /// Whatever fails is told, and the next change finds the rules followed as before.
    private func reporting(_ service: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            if Task.isCancelled || error is StackClosing { return }
            let failure = Monitor.failure(error)
            tell(service, failure.message + (failure.remedy.map { "; \($0)" } ?? ""))
        }
    }

    private func tell(_ service: String, _ what: String) {
        monitor.handle(.watched(service: service, what))
    }

    // MARK: Actions

    /// - Parameter hits: The numbers of the service's rules whose files have changed.
    private func follow(
        _ hits: [Int], _ changes: [Int: [PathChange]], of service: String, on stack: Stack
    ) async throws {
        let entries = hits.map { ($0, rules.entries[$0]) }
        if entries.contains(where: { $1.rule.action == .rebuild }) {
            // The new image has all other changes in it.
            return try await rebuild(service, on: stack)
        }
        for (number, entry) in entries where entry.rule.action.copies {
            try await copy(changes[number] ?? [], by: entry, on: stack)
        }
        for (_, entry) in entries where entry.rule.action == .syncAndExecute {
            if let hook = entry.rule.hook { try await execute(hook, in: service, on: stack) }
        }
        let restarting: [WatchRule.Action] = [.restart, .syncAndRestart]
        if entries.contains(where: { restarting.contains($1.rule.action) }) {
            try await restart(service, on: stack)
        }
    }

    private func copy(_ changes: [PathChange], by entry: WatchRules.Entry, on stack: Stack) async throws {
        guard let target = entry.rule.target, !changes.isEmpty else { return }
        for name in try stack.containers(named: [entry.service]) {
            guard let running = stack.running(name) else {
                tell(entry.service, "'\(name)' does not run: nothing is copied to it")
                continue
            }
            let root = try await Self.root(of: running.container)
            let user = running.plan.process.user
            try await monitor.loop.offload {
                try FileSync(root: root, user: user).apply(changes, from: entry.root.path, to: target)
            }
        }
        let what = changes.count == 1 ? changes[0].described(in: entry.root.path) : "\(changes.count) changes"
        tell(entry.service, "\(what) copied to \(target)")
    }

    private static func root(of container: any RunningContainer) async throws -> SharedDescriptor {
        let (own, others) = try PacketSocket.pair()
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: own))
        let sent = OwnedDescriptor(adopting: others)
        try await container.sendRoot(over: sent.rawValue)
        guard let root = try socket.receive(waits: false)?.descriptors.first else {
            throw Failure("the container's root directory can't be had", code: .engineFailed)
        }
        return SharedDescriptor(OwnedDescriptor(adopting: root))
    }

    private func execute(_ hook: Hook, in service: String, on stack: Stack) async throws {
        let text = hook.command.joined(separator: " ")
        for name in try stack.containers(named: [service]) {
            guard let running = stack.running(name) else { continue }
            let process = HookPlan(hook, in: running.plan.process).process
            let (status, output) = try await running.container.probe(process, timeout: HookPlan.timeLimit)
            let end = status.map { $0.isSuccess ? "has run" : $0.text } ?? "did not end in time"
            let last = status?.isSuccess ?? false ? "" : output.isEmpty ? "" : ": \(output.prefix { !$0.isNewline })"
            tell(name, "'\(text)' \(end)\(last)")
        }
    }

    private func restart(_ service: String, on stack: Stack) async throws {
        let names = try stack.containers(named: [service])
        let (failures, restarted) = try await stack.restart(names, Stack.StopOptions(), withDependents: true)
        stack.report(failures)
        try await stack.waitUntilReady(restarted)
        tell(service, "restarted \(restarted.joined(separator: ", "))")
    }

    private func rebuild(_ service: String, on stack: Stack) async throws {
        tell(service, "is built again")
        var call = call
        call.services = [service]
        call.builds = true
        call.leavesDependencies = true
        let reconciliation = try await monitor.reconcile(call, stack)
        if reconciliation.isEmpty { tell(service, "the image is the same as before") }
    }
}

extension PathChange {
    /// `src/main.c`, or `src/main.c (removed)`.
    fileprivate func described(in root: String) -> String {
        let name = path.isEmpty ? String(root.split(separator: "/").last ?? "/") : path
        return kind == .removed ? "\(name) (removed)" : name
    }
}
