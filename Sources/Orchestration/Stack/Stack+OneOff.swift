import EnvironmentFile

extension Stack {
    /// What is run beside an environment's own containers until it ends.
    public struct OneOffRequest: Sendable {
        /// The environment with the container in the test's place, made with ``Stack/runningPlan``.
        public var plan: Plan
        /// The container.
        public var container: ContainerPlan
        /// Its standard streams, three times a packet socket where it has a terminal; open until it has been started.
        public var streams: [Int32]

        /// A container that a plan has in the test's place; `nil` where it has none there.
        public init?(plan: Plan, streams: [Int32]) {
            guard case .container(let container)? = plan.test?.place else { return nil }
            self.plan = plan
            self.container = container
            self.streams = streams
        }
    }

    /// Starts a container beside the environment's own, once what it depends on is there: what of that does not run is
    /// started, and nothing is replaced. Its end is no failure, and ``up(_:)`` leaves it alone.
    ///
    /// - Returns: Its first process. Once that has ended, or when it is to, ``endOneOff(_:_:)`` takes it away, as after
    ///   an error.
    /// - Throws: ``OneOffError``; ``BootError``; `CancellationError`; ``StackClosing``.
    public func startOneOff(_ request: OneOffRequest) async throws -> any RunningProcess {
        let name = request.container.name
        let service = try await turn.take {
            if isClosing { throw StackClosing() }
            if request.plan.networks != plan.networks { throw OneOffError(container: name, kind: .otherNetworks) }
            if self.service(name) != nil { throw OneOffError(container: name, kind: .nameTaken) }
            let needed = needed(by: request)
            takeUp(needed.filter { self.service($0.name) == nil }, of: request.plan)
            let service = StackService(
                request.container, ports: request.plan.ports.filter { $0.service == name }, streams: request.streams)
            add(service)
            try await sandbox.update(to: planWithOrphans(plan))
            try await activate(needed.compactMap { self.service($0.name) } + [service])
            return service
        }
        guard let activation = service.activation else { throw StackClosing() }
        if try await activation.milestones.started.wait() {
            return OneOffProcess(service: service, activation: activation, executor: executor) { [self] signal in
                _ = try await self.signal([name], signal)
            }
        }
        guard case .failed(let error) = try await activation.outcome.wait() else { throw StackClosing() }
        throw cause(of: error)
    }

    /// Takes a container away that ``startOneOff(_:)`` has started, or was about to; it is stopped where it runs.
    ///
    /// - Returns: What failed; every step runs.
    public func endOneOff(_ name: String, _ options: StopOptions = StopOptions()) async -> [TeardownFailure] {
        // Its own task: that of a command that has gone is cancelled, and would leave it here.
        let task = Task(executorPreference: executor) { [self] () -> [TeardownFailure] in
            do {
                return try await turn.take {
                    guard let service = service(name), service.isOneOff else { return [] }
                    var failures = await stop([service], options)
                    // With the sandbox everything of it goes.
                    if !isClosing { failures += await remove([service]) }
                    forget(service)
                    if !isClosing { try await sandbox.update(to: planWithOrphans(plan)) }
                    return failures
                }
            } catch {
                return [TeardownFailure(step: "take away \(name)", cause: error)]
            }
        }
        return await task.value
    }

    /// A name for the next container that is run once of a service: `web-run-1`.
    ///
    /// - Parameter known: Names that the file has.
    public func nextOneOffName(of service: String, besides known: some Collection<String>) -> String {
        while true {
            let name = "\(service)-run-\(nextOneOffNumber())"
            if self.service(name) == nil, !known.contains(name) { return name }
        }
    }

    /// What the container depends on, directly or by others, in boot order.
    private func needed(by request: OneOffRequest) -> [ContainerPlan] {
        var names = Set(request.container.dependencies.map(\.service))
        // Against the boot order: whoever depends on one has been seen before it.
        for container in request.plan.containers.reversed() where names.contains(container.name) {
            names.formUnion(container.dependencies.map(\.service))
        }
        return request.plan.containers.filter { names.contains($0.name) }
    }

    /// Has containers belong to the environment that it did not have yet.
    private func takeUp(_ containers: [ContainerPlan], of wanted: Plan) {
        keepVolumes(wanted.volumes)
        let new = Set(containers.map(\.name))
        var plan = self.plan
        let present = Dictionary(plan.containers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let ordered = wanted.containers.compactMap { present[$0.name] ?? (new.contains($0.name) ? $0 : nil) }
        let names = Set(ordered.map(\.name))
        plan.containers = ordered + plan.containers.filter { !names.contains($0.name) }
        let ports = wanted.ports.filter { new.contains($0.service) }
        plan.ports += ports
        setPlan(plan)
        for container in containers {
            add(StackService(container, ports: ports.filter { $0.service == container.name }))
        }
    }

    /// What has failed first, of those that wait for each other.
    private func cause(of error: BootError) -> BootError {
        guard case .dependency(let name) = error.reason,
            case .failed(let earlier)? = service(name)?.activation?.outcome.value
        else { return error }
        return cause(of: earlier)
    }
}

/// The first process of a container that is run once.
private struct OneOffProcess: RunningProcess {
    let service: StackService
    let activation: Activation
    let executor: (any TaskExecutor)?
    let signal: @Sendable (Int32) async throws -> Void

    func wait() async -> ExitStatus {
        // Its own task, which nobody cancels.
        await Task(executorPreference: executor) { [self] in
            do { try await activation.ended.wait() } catch {}
            return service.status.exit ?? .signalled(9, oomKilled: false)
        }.value
    }

    func send(signal number: Int32) async throws { try await signal(number) }
}

extension Plan {
    /// Whether one of its containers has the name.
    func has(_ container: String) -> Bool { containers.contains { $0.name == container } }
}

/// Why a container can't be run beside those of an environment.
public struct OneOffError: Error, Hashable, Sendable {
    /// What is in the way.
    public enum Kind: Hashable, Sendable {
        /// There is a container of that name.
        case nameTaken
        /// The file has other networks than those that the environment runs in.
        case otherNetworks
    }

    /// The container's name.
    public var container: String
    /// What is in the way.
    public var kind: Kind

    /// An error of that kind.
    public init(container: String, kind: Kind) {
        self.container = container
        self.kind = kind
    }

    /// What happened, in one sentence.
    public var message: String {
        switch kind {
        case .nameTaken: "there is a container '\(container)' already"
        case .otherNetworks: "the file has other networks than the environment runs in"
        }
    }

    /// The next thing to try.
    public var remedy: String {
        switch kind {
        case .nameTaken: "wait until it has ended, or choose another name: --name"
        case .otherNetworks: "bring the environment to its file: harness up -d"
        }
    }
}
