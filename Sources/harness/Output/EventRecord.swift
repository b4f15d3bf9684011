import EnvironmentFile
import Orchestration

/// An event as one line of JSON (`--progress json`).
///
/// Keys: `time` (seconds since the start of the run), `event`, and by its kind `service`, `image`, `step`, `fraction`,
/// `port`, `hostPort`, `code`, `signal`, `seconds`, `message`, `stream`, `text`.
struct EventRecord: Encodable {
    var time: Double
    var event: String
    var service: String?
    var image: String?
    var step: String?
    var fraction: Double?
    var port: UInt16?
    var hostPort: UInt16?
    var code: Int32?
    var signal: Int32?
    var seconds: Double?
    var message: String?
    var stream: String?
    var text: String?

    /// `nil` for what is only of interest inside.
    init?(_ source: Event) {
        time = source.time / .seconds(1)
        event = ""
        guard let name = fill(source.kind) else { return nil }
        event = name
    }

    private mutating func fill(_ kind: Event.Kind) -> String? {
        switch kind {
        case .imagePreparing(let request): return image("image_preparing", request.text)
        case .imageProgress(let request, let progress):
            (step, fraction) = (progress.step, progress.fraction)
            return image("image_progress", request.text)
        case .imageReady(let ready): return image("image_ready", ready.reference)
        case .portPublished(let plan, let number):
            (port, hostPort) = (plan.containerPort, number)
            return service("port_published", plan.service)
        case .waiting(let name, let dependencies):
            message = dependencies.map(\.service).joined(separator: ",")
            return service("waiting", name)
        case .starting(let name): return service("starting", name)
        case .started(let name): return service("started", name)
        case .probed(let name, let probe, let outcome):
            (step, message) = (probe, "\(outcome)")
            return service("probed", name)
        case .ready(let name, let after): return service("ready", name, after)
        case .output(let name, let line):
            (stream, text) = (line.stream.rawValue, line.text)
            return service("output", name)
        case .exited(let name, let status, _):
            code = status.code
            return service("exited", name)
        case .restarting(let name, let status, let after):
            code = status.code
            return service("restarting", name, after)
        case .planned: return nil
        default: return fillPhase(kind)
        }
    }

    /// What happens in an environment that stays up.
    private mutating func fillChange(_ kind: Event.Kind) -> String? {
        switch kind {
        case .serviceFailed(let error): return failure("failed", error)
        case .healthChanged(let name, let isHealthy, let seen):
            message = seen
            return service(isHealthy ? "healthy" : "unhealthy", name)
        case .changing(let change):
            (step, message) = (change.action.rawValue, change.causes.joined(separator: ", "))
            return service("changing", change.container)
        case .paused(let name, let isPaused): return service(isPaused ? "paused" : "unpaused", name)
        case .teardownFailed(let failure):
            (step, message) = (failure.step, "\(failure.cause)")
            return "teardown_failed"
        case .removed(let name): return service("removed", name)
        case .logLost(let name, let why):
            message = why
            return service("log_lost", name)
        case .imageRemoved(let name): return image("image_removed", name)
        case .watched(let name, let what):
            message = what
            return service("watched", name)
        case .switched(let name, let from, let to):
            (step, message) = (from.joined(separator: ","), to.joined(separator: ","))
            return service("switched", name)
        default: return nil
        }
    }

    private mutating func fillPhase(_ kind: Event.Kind) -> String? {
        switch kind {
        case .optionalFailed(let error): return failure("optional_failed", error)
        case .bootFailed(let error): return failure("boot_failed", error)
        case .skipped(let name, let dependency):
            message = dependency
            return service("skipped", name)
        case .booted(let after): return timed("booted", after)
        case .testStarted(let test):
            message = test.process.arguments.joined(separator: " ")
            return "test_started"
        case .testEnded(let ending, let after):
            if case .exited(let status) = ending { code = status.code }
            return timed("test_ended", after)
        case .interrupted(let number):
            signal = number
            return "interrupted"
        case .teardownStarted: return "teardown_started"
        case .stopping(let name, let number):
            signal = number
            return service("stopping", name)
        case .killing(let name): return service("killing", name)
        case .teardownEnded(_, let after): return timed("teardown_ended", after)
        default: return fillChange(kind)
        }
    }

    private mutating func image(_ event: String, _ name: String) -> String {
        image = name
        return event
    }

    private mutating func service(_ event: String, _ name: String, _ after: Duration? = nil) -> String {
        service = name
        seconds = after.map { $0 / .seconds(1) }
        return event
    }

    private mutating func timed(_ event: String, _ after: Duration) -> String {
        seconds = after / .seconds(1)
        return event
    }

    private mutating func failure(_ event: String, _ error: BootError) -> String {
        (service, message) = (error.service, error.message)
        return event
    }
}
