import EmbeddedEngine
import EnvironmentFile
import LocalStacks
import Orchestration
import OrderedCollections

/// Makes of a call what a ``Stack`` is asked for: reads the file, prepares the images, plans.
struct StackPlanning: Sendable {
    let call: UpCall
    let engine: any Engine
    let identity: EnvironmentIdentity
    let emit: @Sendable (Event.Kind) -> Void

    /// - Parameters:
    ///   - environment: As the file has it.
    ///   - stack: What runs, whose addresses are kept; `nil`: nothing.
    /// - Throws: ``PlanErrors``; ``BootError`` of phase `image`; ``Failure`` for a service that is not there.
    func request(_ environment: EnvironmentFile.Environment, on stack: Stack?) async throws -> Stack.UpRequest {
        let environment = try withPolicies(try scaled(environment))
        var options = Planner.Options(lifetime: .up, projectName: identity.name)
        let running = stack?.runningPlan
        options.running = running
        options.volumeSuffix = identity.volumeSuffix
        try check(call.services, in: environment)
        if !call.services.isEmpty {
            let others = Set(running?.containers.map(\.service) ?? []).subtracting(call.services)
            options.services = call.services + others.filter { environment.services[$0] != nil }.sorted()
        }
        let planner = try Planner(environment, options: options)
        let preparer = ImagePreparer(environment: environment, engine: engine, emit: emit)
        let images = try await preparer.prepareImages(for: planner)
        let planned = try planner.plan(images)
        let plan = stack?.withPresentNames(planned) ?? planned
        emit(.planned(plan))
        return Stack.UpRequest(plan: plan, options: choice(in: plan))
    }

    /// What a service is switched over to.
    ///
    /// - Throws: As ``request(_:on:)``.
    func switchRequest(
        _ call: SwitchCall, _ environment: EnvironmentFile.Environment, on stack: Stack
    ) async throws -> Stack.SwitchRequest {
        try check([call.service], in: environment)
        var environment = environment
        if let image = call.image, let position = environment.services[call.service]?.position {
            environment.services[call.service]?.image = Located(image, at: position)
            environment.services[call.service]?.build = nil
            environment.services[call.service]?.dockerfileBuild = nil
        }
        var options = Planner.Options(lifetime: .up, projectName: identity.name)
        options.running = stack.planToSwitch(call.service)
        options.volumeSuffix = identity.volumeSuffix
        // The others as they are: those that do not run have no names.
        let others = Set(stack.plan.containers.map(\.service)).subtracting([call.service])
        options.services = [call.service] + others.filter { environment.services[$0] != nil }.sorted()
        let planner = try Planner(environment, options: options)
        let images = try await ImagePreparer(environment: environment, engine: engine, emit: emit)
            .prepareImages(for: planner)
        var request = Stack.SwitchRequest(service: call.service, plan: try planner.plan(images))
        request.sharesVolumes = call.sharesVolumes
        return request
    }

    /// What is run once beside what there is.
    ///
    /// - Parameters:
    ///   - environment: With the copy of the service in it.
    ///   - name: The copy's.
    /// - Throws: As ``request(_:on:)``.
    func oneOffRequest(
        _ name: String, _ environment: EnvironmentFile.Environment, streams: [Int32], on stack: Stack
    ) async throws -> Stack.OneOffRequest? {
        var environment = try withPolicies(environment)
        // As many of each as there are, whatever the file says: nobody has asked to change that.
        let present = Dictionary(grouping: stack.plan.containers, by: \.service)
        for (service, containers) in present { environment.services[service]?.lifecycle.replicas = containers.count }
        var options = Planner.Options(lifetime: .up, projectName: identity.name)
        options.running = stack.runningPlan
        options.volumeSuffix = identity.volumeSuffix
        options.services = [name] + present.keys.filter { environment.services[$0] != nil }.sorted()
        options.oneOff = name
        let planner = try Planner(environment, options: options)
        let images = try await ImagePreparer(environment: environment, engine: engine, emit: emit)
            .prepareImages(for: planner)
        return Stack.OneOffRequest(plan: stack.withPresentNames(try planner.plan(images)), streams: streams)
    }

    private func scaled(_ environment: EnvironmentFile.Environment) throws -> EnvironmentFile.Environment {
        var result = environment
        try check(call.scale.keys.sorted(), in: environment)
        for (name, count) in call.scale { result.services[name]?.lifecycle.replicas = count }
        return result
    }

    /// With what the command line says of images.
    private func withPolicies(_ environment: EnvironmentFile.Environment) throws -> EnvironmentFile.Environment {
        var result = environment
        for (name, service) in environment.services {
            let isChosen = call.services.isEmpty || call.services.contains(name)
            if call.builds, isChosen, service.dockerfileBuild != nil {
                throw Failure(
                    "service '\(name)' is built by a Dockerfile, which this version can't do",
                    remedy: "build its image with another tool, and load it: harness image load", code: .unavailable)
            }
            if service.build != nil {
                if call.builds, isChosen { result.services[name]?.pullPolicy = "build" }
            } else if let policy = call.pullPolicy {
                result.services[name]?.pullPolicy = policy
            }
        }
        return result
    }

    private func check(_ names: [String], in environment: EnvironmentFile.Environment) throws {
        for name in names where environment.services[name] == nil {
            throw Failure(
                "no service '\(name)' is in the file",
                remedy: "the services are " + environment.services.keys.joined(separator: ", "), code: .usage)
        }
    }

    private func choice(in plan: Plan) -> Reconciliation.Options {
        var options = Reconciliation.Options()
        options.removesOrphans = call.removesOrphans
        let named = plan.containers.filter { call.services.isEmpty || call.services.contains($0.service) }.map(\.name)
        if call.recreates { options.forced = Set(named) }
        guard !call.services.isEmpty else { return options }
        var chosen = Set(named)
        if !call.leavesDependencies {
            // Against the boot order: whoever depends on one has been seen before it.
            for container in plan.containers.reversed() where chosen.contains(container.name) {
                chosen.formUnion(container.dependencies.map(\.service))
            }
        }
        options.chosen = chosen
        return options
    }
}

extension UpCall.Source {
    /// What a command line asks for.
    init(_ source: EnvironmentSource, _ location: String?) {
        self.init(currentDirectory: EnvironmentSource.currentDirectory())
        self.location = location
        files = source.files
        projectName = source.projectName
        projectDirectory = source.projectDirectory
        environmentFiles = source.environmentFiles
        profiles = source.profiles
        variables = Places.variables
    }

    /// What the loader is asked for.
    var request: LoadRequest {
        var request = LoadRequest(location: location, variables: variables, currentDirectory: currentDirectory)
        request.files = files
        request.projectName = projectName
        request.projectDirectory = projectDirectory
        request.environmentFiles = environmentFiles
        request.profiles = profiles
        request.enabledServices = enabledServices
        return request
    }
}
