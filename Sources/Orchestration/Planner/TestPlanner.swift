import EnvironmentFile
import OrderedCollections

/// Decides where the test runs and what it sees.
struct TestPlanner {
    let planner: Planner
    let name: String
    /// In the order of the file.
    let containers: [ContainerPlan]
    let image: PreparedImage?
    let layout: AddressPlanner

    func test(volumes: inout VolumePlanner, findings: inout Findings) -> TestPlan? {
        let test = planner.environment.test
        let command = planner.options.testCommand ?? test?.command
        let variables = variables(&findings)
        let plan: TestPlan?
        switch test?.place ?? .host {
        case .host: plan = command.map { onHost($0, variables: variables) }
        case .service(let service):
            plan = command.flatMap { inService(service, command: $0, variables: variables) }
        case .image:
            plan = inContainer(command, variables: variables, volumes: &volumes, findings: &findings)
        }
        guard var plan, !plan.process.arguments.isEmpty else {
            findings.add(.noTestCommand, at: test?.position)
            return nil
        }
        plan.dependencies = test?.dependsOn ?? []
        plan.timeout = planner.options.testTimeout ?? test?.timeout
        return plan
    }

    /// A command of the file is meant relative to the file, one of the command line relative to the caller.
    private func onHost(_ command: [String], variables: [String]) -> TestPlan {
        var environment = EnvironmentList(planner.options.hostEnvironment)
        for variable in variables { environment.set(variable) }
        let project = planner.environment.directory
        let directory = planner.options.testCommand == nil ? project : planner.options.hostDirectory ?? project
        let process = ProcessPlan(
            arguments: command, environment: environment.entries,
            workingDirectory: planner.environment.test?.workingDirectory ?? directory)
        return TestPlan(place: .host, process: process)
    }

    /// As `docker exec`: the container's own user, directory and variables.
    private func inService(_ service: String, command: [String], variables: [String]) -> TestPlan? {
        guard let container = containers.first(where: { $0.name == service }) else { return nil }
        var process = container.process
        process.arguments = command
        var environment = EnvironmentList(process.environment)
        for variable in variables { environment.set(variable) }
        process.environment = environment.entries
        if let directory = planner.environment.test?.workingDirectory { process.workingDirectory = directory }
        return TestPlan(place: .service(service), process: process)
    }

    /// As `docker run IMAGE COMMAND`: the command goes to the image's entry point. The container's name has a
    /// character that no service's has.
    private func inContainer(
        _ command: [String]?, variables: [String], volumes: inout VolumePlanner, findings: inout Findings
    ) -> TestPlan? {
        guard let image, let test = planner.environment.test, let address = layout.addresses.last else { return nil }
        var service = Service(name: "test", position: test.position)
        service.command = command
        service.workingDirectory = test.workingDirectory
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            service.environment[String(parts[0])] = String(parts[1])
        }
        guard !ProcessPlanner.arguments(entrypoint: nil, command: command, image: image).isEmpty else { return nil }
        let servicePlanner = ServicePlanner(
            service: service, image: image, environment: planner.environment, lifetime: .run, dependencies: [])
        let isTaken = planner.environment.services["test"] != nil
        let own = isTaken ? [] : [HostEntry(address: address, names: ["test"])]
        var container = servicePlanner.container(
            address: address, hosts: layout.hosts + own, volumes: &volumes, findings: &findings)
        container.readiness = nil
        // As PID 1 the test's program would have no default action for signals, not even for those it raises itself.
        container.hasInit = true
        container.name = "@test"
        return TestPlan(place: .container(container), process: container.process)
    }

    /// What tells the test where the services are; the file's own `test.environment` wins.
    private func variables(_ findings: inout Findings) -> [String] {
        var result = EnvironmentList(["HARNESS=1", "HARNESS_ENVIRONMENT=\(name)"])
        var owners: [String: String] = [:]
        for (service, container) in zip(planner.services, containers) {
            // Of several containers of a service, the first stands for it.
            if let replica = service.lifecycle.replica, replica.number > 1 { continue }
            let prefix = "HARNESS_" + Self.variableName(service.lifecycle.replica?.service ?? service.name)
            if let owner = owners[prefix] {
                let kind = PlanNotice.Kind.variableCollision(service: service.name, first: owner, prefix: prefix)
                findings.notice(kind, at: service.position)
                continue
            }
            owners[prefix] = service.name
            result.set("\(prefix)_HOST=\(service.name)")
            let ports = Self.ports(of: service, container)
            if let first = ports.first { result.set("\(prefix)_PORT=\(first)") }
            for port in ports { result.set("\(prefix)_PORT_\(port)=\(port)") }
        }
        for (name, value) in planner.environment.test?.environment ?? [:] { result.set("\(name)=\(value)") }
        return result.entries
    }

    /// The ports that a service is known to listen on: published, exposed by the image, or probed.
    private static func ports(of service: Service, _ container: ContainerPlan) -> [UInt16] {
        let probed = (container.readiness?.conditions ?? []).compactMap { condition -> UInt16? in
            switch condition {
            case .tcp(let port), .http(let port, _, _): port
            default: nil
            }
        }
        var seen: Set<UInt16> = []
        return (service.ports.map(\.target) + container.image.exposedPorts + probed).filter { seen.insert($0).inserted }
    }

    /// Upper case, and an underscore for everything that is no ASCII letter or digit.
    static func variableName(_ service: String) -> String {
        String(service.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
