import EnvironmentFile
import Orchestration

/// Events as lines, one for each change of state.
enum PlainProgress {
    static func line(for event: Event, verbose: Bool) -> String? {
        switch event.kind {
        case .imagePreparing(let request): verbose || request.isBuild ? "image \(request.text): preparing" : nil
        case .imageProgress(let request, let progress): "image \(request.text): \(progress.step)"
        case .portPublished(let port, let hostPort):
            "\(port.service): port \(port.containerPort)/\(port.transport.rawValue) is at \(port.hostAddress):\(hostPort)"
        case .ready(let service, let after): "\(service): ready after \(after.short)"
        case .probed(let service, let probe, let outcome): verbose ? "\(service): \(probe): \(outcome)" : nil
        case .exited(let service, let status, let isExpected):
            isExpected ? (verbose ? "\(service): \(status.text)" : nil) : "\(service): \(status.text)"
        case .restarting(let service, let status, let after): "\(service): \(status.text), restarted in \(after.short)"
        case .optionalFailed(let error): "warning: \(error.message)"
        case .skipped(let service, let dependency): "warning: \(service): not started, since \(dependency) failed"
        case .booted(let after): "environment up after \(after.short)"
        case .testStarted(let test): verbose ? "test: \(test.process.arguments.joined(separator: " "))" : nil
        case .interrupted(let signal):
            "interrupted\(signal.map { " by \(SignalName.name(of: $0))" } ?? ""): taking everything down"
        case .killing(let service): verbose ? "\(service): killed" : nil
        case .serviceFailed(let error): "\(error.service ?? "environment"): \(error.message)"
        case .healthChanged(let service, let isHealthy, let seen):
            isHealthy ? "\(service): healthy again" : "\(service): unhealthy: \(seen.prefix { !$0.isNewline })"
        case .changing(let change): "\(change)"
        case .paused(let service, let isPaused): "\(service): \(isPaused ? "paused" : "goes on")"
        case .teardownFailed(let failure): "warning: \(failure.step): \(failure.cause)"
        case .switched(let service, let from, let to):
            "\(service): switched from \(from.joined(separator: ", ")) to \(to.joined(separator: ", "))"
        case .watched(let service, let what): "\(service): \(what)"
        case .logLost(let service, let why): "warning: \(service): what it prints is not kept for now: \(why)"
        case .imageRemoved(let name): "image \(name): removed"
        case .removed(let service): verbose ? "\(service): removed" : nil
        case .started(let service): verbose ? "\(service): started" : nil
        case .stopping(let service, let signal):
            verbose ? "\(service): asked to end with \(SignalName.name(of: signal))" : nil
        case .imageReady, .planned, .waiting, .starting, .output, .bootFailed, .testEnded, .teardownStarted,
            .teardownEnded:
            nil
        }
    }
}

extension ImageRequest {
    /// As a person names it.
    var text: String {
        switch source {
        case .reference(let name): name
        case .packages(let packages, _, let tag): tag ?? packages.joined(separator: "+")
        }
    }

    var isBuild: Bool {
        if case .packages = source { true } else { false }
    }
}

extension Duration {
    /// `8.2 ms`, `1.24 s`, `2 min 5 s`.
    var short: String {
        let seconds = self / .seconds(1)
        func rounded(_ value: Double, _ digits: Int) -> String {
            let scale = digits == 1 ? 10.0 : 100.0
            let units = Int((value * scale).rounded())
            let fraction = String(units % Int(scale))
            return "\(units / Int(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
        }
        if seconds < 1 { return rounded(seconds * 1000, 1) + " ms" }
        if seconds < 60 { return rounded(seconds, 2) + " s" }
        return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
}

/// The last line of a run.
enum Summary {
    static func text(of outcome: RunOutcome) -> String {
        let times = outcome.timings
        let ending =
            switch outcome.ending {
            case .exited(let status): status.isSuccess ? "test passed" : "test \(status.text)"
            case .timedOut: "test timed out"
            case .interrupted(let signal): "interrupted by \(SignalName.name(of: signal))"
            }
        return "\(ending); total \(times.total.short) (boot \(times.boot.short), test \(times.test.short), "
            + "teardown \(times.teardown.short))"
    }
}
