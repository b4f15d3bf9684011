import OrderedCollections

/// Checks what only the whole environment can tell: references, targets that collide, cycles.
struct Validator {
    let environment: Environment
    /// Services that no enabled profile has, with their profiles.
    let disabled: [String: [String]]
    let configs: FileObjects
    let secrets: FileObjects
    /// Where `test.on` is.
    let testPlace: SourcePosition?
    let diagnostics: DiagnosticCollector

    /// Reports everything that is wrong.
    func validate() {
        for service in environment.services.values {
            checkDependencies(service.dependsOn, of: "service '\(service.name)'")
            checkVolumes(of: service)
            checkGrants(service.configs, of: service, "config", configs)
            checkGrants(service.secrets, of: service, "secret", secrets)
            checkTargets(of: service)
        }
        checkContainerNames()
        checkPublishedPorts()
        checkTest()
        NetworkCheck(environment: environment, diagnostics: diagnostics).run()
        CycleCheck(environment: environment, diagnostics: diagnostics).run()
    }

    private func checkDependencies(_ dependencies: [Dependency], of dependent: String) {
        for dependency in dependencies
        where !dependency.isImplied && environment.services[dependency.service] == nil {
            let name = dependency.service
            if let profiles = disabled[name] {
                guard dependency.isRequired else { continue }
                let list = profiles.map { "'\($0)'" }.joined(separator: " or ")
                diagnostics.error(
                    .undefinedReference, at: dependency.position,
                    "\(dependent) depends on '\(name)', whose profile is not enabled",
                    remedy: "enable profile \(list), or write 'required: false'")
                continue
            }
            diagnostics.error(
                .undefinedReference, at: dependency.position,
                "\(dependent) depends on '\(name)', which is not defined",
                remedy: Suggestion.remedy(for: name, among: environment.services.keys)
                    ?? "add '\(name):' under 'services:'")
        }
    }

    private func checkVolumes(of service: Service) {
        for mount in service.mounts {
            guard case .volume(let name) = mount.source, environment.volumes[name] == nil else { continue }
            diagnostics.error(
                .undefinedReference, at: mount.position,
                "service '\(service.name)' mounts volume '\(name)', which is not defined",
                remedy: Suggestion.remedy(for: name, among: environment.volumes.keys)
                    ?? "add '\(name):' under the top-level 'volumes:', or write './\(name)' for a folder")
        }
    }

    private func checkGrants(
        _ grants: [FileGrant], of service: Service, _ kind: String, _ objects: FileObjects
    ) {
        for grant in grants where objects.usable[grant.source] == nil && !objects.faulty.contains(grant.source) {
            if objects.external.contains(grant.source) {
                diagnostics.error(
                    .notHonoured, at: grant.position,
                    "\(kind) '\(grant.source)' is external, and this version has no store of \(kind)s",
                    remedy: "give its content by 'file' or 'environment'")
                continue
            }
            diagnostics.error(
                .undefinedReference, at: grant.position,
                "service '\(service.name)' uses \(kind) '\(grant.source)', which is not defined",
                remedy: Suggestion.remedy(for: grant.source, among: Array(objects.usable.keys) + objects.faulty)
                    ?? "add '\(grant.source):' under the top-level '\(kind)s:'")
        }
    }

    private func checkTargets(of service: Service) {
        var seen: [String: SourcePosition] = [:]
        let targets =
            service.mounts.map { ($0.target, $0.position) } + service.configs.map { ($0.target, $0.position) }
            + service.secrets.map { ($0.target, $0.position) }
        for (target, position) in targets {
            guard let first = seen[target] else {
                seen[target] = position
                continue
            }
            diagnostics.error(
                .unusable, at: position,
                "'\(target)' is already a mount's target on \(place(of: first, from: position))",
                remedy: "remove one of the two, or mount it elsewhere",
                related: [Diagnostic.Related(first, "first mounted here")])
        }
    }

    private func checkContainerNames() {
        var seen: [String: Service] = [:]
        for service in environment.services.values {
            guard let name = service.containerName else { continue }
            guard let first = seen[name] else {
                seen[name] = service
                continue
            }
            diagnostics.error(
                .duplicate, at: service.containerNamePosition ?? service.position,
                "services '\(first.name)' and '\(service.name)' have the same 'container_name'",
                remedy: "give each its own, or none",
                related: [
                    Diagnostic.Related(first.containerNamePosition ?? first.position, "first given here")
                ])
        }
    }

    private func checkPublishedPorts() {
        struct Key: Hashable {
            var address: String?
            var port: UInt16
            var transport: Port.Transport
        }
        var seen: [Key: Port] = [:]
        for port in environment.services.values.flatMap(\.ports) {
            guard let published = port.published, port.publishedLast == nil else { continue }
            let key = Key(address: port.hostAddress, port: published, transport: port.transport)
            guard let first = seen[key] else {
                seen[key] = port
                continue
            }
            diagnostics.error(
                .unusable, at: port.position,
                "port \(published) of the host is already published on \(place(of: first.position, from: port.position))",
                remedy: "publish another port, or leave it out to get a free one",
                related: [Diagnostic.Related(first.position, "first published here")])
        }
    }

    private func checkTest() {
        if let test = environment.test { checkDependencies(test.dependsOn, of: "the test") }
        guard let test = environment.test, case .service(let name) = test.place, environment.services[name] == nil
        else {
            return
        }
        let reason = disabled[name] == nil ? "which is not defined" : "whose profile is not enabled"
        diagnostics.error(
            .undefinedReference, at: testPlace ?? test.position, "the test runs on service '\(name)', \(reason)",
            remedy: Suggestion.remedy(for: name, among: Array(environment.services.keys) + ["host"])
                ?? "name a service, or write 'host' or '{image: NAME}'")
    }

    private func place(of position: SourcePosition, from other: SourcePosition) -> String {
        position.file == other.file ? "line \(position.line)" : "line \(position.line) of \(position.file)"
    }
}
