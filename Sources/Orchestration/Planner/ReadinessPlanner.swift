import EnvironmentFile

/// Decides how a service's readiness is seen: its own health check or else its image's, and `ready`.
struct ReadinessPlanner {
    let service: Service
    let image: PreparedImage

    /// `nil` where nothing says when the service is ready: it is as soon as its program runs.
    func readiness(findings: inout Findings) -> ReadinessPlan? {
        let healthcheck = healthcheck(findings: &findings)
        guard let ready = service.ready else {
            return healthcheck.map { ReadinessPlan(healthcheck: $0) }
        }
        check(ready, findings: &findings)
        return ReadinessPlan(
            conditions: ready.conditions, healthcheck: healthcheck, requiresAll: ready.requiresAll,
            timeout: ready.timeout)
    }

    private func check(_ ready: Ready, findings: inout Findings) {
        if ready.conditions.isEmpty {
            findings.add(.invalidProbe(service: service.name, reason: "has no condition"), at: ready.position)
        }
        for condition in ready.conditions {
            switch condition {
            case .log(let pattern):
                do { _ = try LogPattern(pattern) } catch {
                    let kind = PlanError.Kind.invalidPattern(
                        service: service.name, pattern: pattern, reason: error.reason)
                    findings.add(kind, at: ready.position)
                }
            case .http(_, let path, _) where !HTTPProbe.isValid(path: path):
                let reason = "asks for '\(path)', which is no absolute path without spaces and control characters"
                findings.add(.invalidProbe(service: service.name, reason: reason), at: ready.position)
            case .exec(let arguments) where arguments.isEmpty:
                findings.add(.invalidProbe(service: service.name, reason: "has no command"), at: ready.position)
            default: break
            }
        }
    }

    private func healthcheck(findings: inout Findings) -> HealthcheckPlan? {
        guard let check = service.healthcheck else { return imageHealthcheck }
        let arguments: [String]
        switch check.probe {
        case .disabled: return nil
        case .command(let command): arguments = command
        case .shell(let script): arguments = Self.shell(script)
        case .image:
            guard let inherited = imageHealthcheck else {
                let kind = PlanNotice.Kind.healthcheckWithoutTest(service: service.name, image: image.reference)
                findings.notice(kind, at: check.position)
                return nil
            }
            arguments = inherited.arguments
        }
        guard !arguments.isEmpty else {
            findings.add(.invalidProbe(service: service.name, reason: "has no command"), at: check.position)
            return nil
        }
        return HealthcheckPlan(
            arguments: arguments, interval: check.interval, timeout: check.timeout, retries: check.retries,
            startPeriod: check.startPeriod, startInterval: check.startInterval)
    }

    /// The image's own, with Docker's defaults for what it leaves open.
    private var imageHealthcheck: HealthcheckPlan? {
        guard let check = image.healthcheck, let kind = check.test.first else { return nil }
        let rest = Array(check.test.dropFirst())
        let arguments: [String]
        switch kind {
        case "CMD": arguments = rest
        case "CMD-SHELL": arguments = Self.shell(rest.joined(separator: " "))
        default: return nil
        }
        guard !arguments.isEmpty else { return nil }
        return HealthcheckPlan(
            arguments: arguments, interval: check.interval ?? .seconds(30), timeout: check.timeout ?? .seconds(30),
            retries: check.retries ?? 3, startPeriod: check.startPeriod ?? .zero)
    }

    private static func shell(_ script: String) -> [String] { ["/bin/sh", "-c", script] }
}
