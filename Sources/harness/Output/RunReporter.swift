import EmbeddedEngine
import EnvironmentFile
import FoundationEssentials
import Glibc
import LocalStacks
import Orchestration
import OrderedCollections
import Synchronization

/// Tells on standard error what a run does, in the style that was asked for.
///
/// While the test runs nothing is written: the terminal is the test's.
final class RunReporter: Sendable {
    private struct State {
        var plan: Plan?
        /// While a boot is shown in a picture.
        var board: StatusBoard?
        var boardDrawnAt: ContinuousClock.Instant?
        var times = BootTimes()
        /// The environment stays: what happens after its boot is told too.
        var stays = false
        /// What was last said of each image's preparation, and when.
        var imageSteps: [String: (name: Substring, time: Duration)] = [:]
        /// The same of what a monitor has told.
        var toldOfImage: Substring?
    }

    /// How long nothing is said of a step whose amount has grown: a log is read, not watched.
    private static let amountInterval: Duration = .seconds(10)
    /// How often a picture is drawn again that lines of services have pushed away.
    private static let drawInterval: Duration = .milliseconds(100)

    private let style: ProgressStyle
    private let isVerbose: Bool
    private let isGitHub = Places.variables["GITHUB_ACTIONS"] == "true"
    private let state = Mutex(State())

    init(_ style: ProgressStyle, verbose: Bool) {
        self.style = style
        isVerbose = verbose
    }

    /// - Parameter stays: The terminal is not given to a test after the boot.
    func begin(_ environment: EnvironmentFile.Environment, stays: Bool = false) {
        let names = environment.services.map(\.key)
        state.withLock { state in
            state.stays = stays
            if style == .tty { state.board = StatusBoard(services: names) }
        }
    }

    /// What the host does not give.
    func warn(_ text: String) {
        if style != .quiet { write("harness: warning: \(text)\n") }
    }

    func show(_ event: Event) {
        state.withLock { $0.times.note(event) }
        switch style {
        case .json: writeJSON(event)
        case .tty: if !redraw(event) { tell(event) }
        case .plain, .auto: if !isRepetition(event) { tell(event) }
        case .quiet: break
        }
        remember(event)
        if isVerbose, style != .json, case .output(let service, let line) = event.kind {
            write("\(service) | \(line.text)\n")
        }
    }

    private func tell(_ event: Event) {
        guard let line = PlainProgress.line(for: event, verbose: isVerbose) else { return }
        switch event.kind {
        case .booted:
            let way = state.withLock { $0.times.text }
            write("harness: \(line)\(way.map { "; longest: \($0)" } ?? "")\n")
        // The terminal has shown ^C.
        case .interrupted where style == .tty: write("\r\u{1b}[Kharness: \(line)\n")
        default: write("harness: \(line)\n")
        }
    }

    /// Tells what a monitor tells.
    func show(_ progress: ControlProgress) {
        switch style {
        case .json: if let record = progress.record { write(record + "\n") }
        case .quiet: break
        case .tty, .plain, .auto:
            if let line = progress.line, !isRepetition(line) { write("harness: \(line)\n") }
        }
    }

    /// Whether a monitor says of an image what it said last, but for the amount in parentheses.
    private func isRepetition(_ line: String) -> Bool {
        guard line.hasPrefix("image "), let name = line.split(separator: "(").first else { return false }
        return state.withLock { state in
            defer { state.toldOfImage = name }
            return state.toldOfImage == name
        }
    }

    /// Something that a person should know.
    func note(_ text: String) {
        if style != .quiet && style != .json { write("harness: \(text)\n") }
    }

    /// Whether it says of an image what was said last, but for the amount in parentheses: a step is reported as long
    /// as it goes on.
    private func isRepetition(_ event: Event) -> Bool {
        guard case .imageProgress(let request, let progress) = event.kind else { return false }
        let name = progress.step.prefix { $0 != "(" }
        return state.withLock { state in
            if let last = state.imageSteps[request.text], last.name == name,
                event.time - last.time < Self.amountInterval || name.count == progress.step.count
            {
                return true
            }
            state.imageSteps[request.text] = (name, event.time)
            return false
        }
    }

    private func remember(_ event: Event) {
        state.withLock { state in
            switch event.kind {
            case .planned(let plan): state.plan = plan
            default: break
            }
        }
        if case .planned(let plan) = event.kind, style != .quiet {
            for notice in plan.notices { write("\(notice)\n") }
        }
    }

    /// The environment is left up after a failed test.
    func kept() {
        let plan = state.withLock { $0.plan }
        var text = "harness: the test failed; the environment stays up until Ctrl-C\n"
        for container in plan?.containers ?? [] { text += "  \(container.name)  \(container.address)\n" }
        write(text)
    }

    /// The last words and the exit code of a run that has come to its test.
    ///
    /// - Parameter sumsUp: Whether it is told what came of it and how long it took.
    func finish(_ outcome: RunOutcome, sumsUp: Bool = true) -> ExitStatusCode {
        for failure in outcome.teardownFailures { write("harness: teardown: \(failure.step): \(failure.cause)\n") }
        if sumsUp, style == .plain || style == .tty { write("harness: \(Summary.text(of: outcome))\n") }
        switch outcome.ending {
        case .exited(let status): return ExitStatusCode(rawValue: status.code)
        case .timedOut: return .timedOut
        case .interrupted(let signal): return ExitStatusCode(rawValue: 128 + signal)
        }
    }

    /// The last words and the exit code of a run that has not.
    func finish(failure error: any Error) throws -> ExitStatusCode {
        end()
        switch error {
        case let errors as PlanErrors:
            write("\(errors)\n")
            return .invalidInput
        case let error as BootError:
            annotate(error)
            write("\(error)\n")
            return Self.code(of: error)
        default: throw error
        }
    }

    static func code(of error: BootError) -> ExitStatusCode {
        if error.phase == .test {
            switch error.engineError?.kind {
            case .commandNotFound: return .commandNotFound
            case .commandNotExecutable: return .commandNotExecutable
            default: break
            }
        }
        return error.isEngineFault ? .engineFailed : .unavailable
    }

    /// GitHub shows it beside the line of the file.
    private func annotate(_ error: BootError) {
        guard isGitHub, let position = error.position else { return }
        write(GitHubAnnotation.error(error.message, at: position) + "\n")
    }

    /// - Returns: Whether the event has its place in a picture, or nothing is to be told of it.
    private func redraw(_ event: Event) -> Bool {
        state.withLock { state in
            guard state.board != nil else { return !state.stays }
            state.board?.update(event)
            draw(&state)
            guard state.board?.isOver == true else { return true }
            state.board = nil
            return !state.stays
        }
    }

    private func draw(_ state: inout State) {
        let text = state.board?.draw() ?? ""
        if !text.isEmpty { StandardError.write(text) }
        state.boardDrawnAt = .now
    }

    /// Lets time go on in a picture, and draws it again where something has pushed it away.
    ///
    /// - Parameter time: Since the start of the boot.
    func pass(to time: Duration) {
        state.withLock { state in
            guard state.board != nil else { return }
            state.board?.pass(to: time)
            draw(&state)
        }
    }

    /// Has something else write to the terminal: above the picture, where there is one.
    func besidePicture(_ body: () -> Void) {
        state.withLock { state in
            guard state.board != nil else { return body() }
            let text = state.board?.erase() ?? ""
            if !text.isEmpty { StandardError.write(text) }
            body()
            // Of many lines in a row not each is worth a picture; a while later there is one.
            if state.boardDrawnAt.map({ .now - $0 >= Self.drawInterval }) ?? true { draw(&state) }
        }
    }

    /// Takes the picture of a boot away that is over; from then on lines tell what happens.
    func end() {
        state.withLock { state in
            let text = state.board?.erase() ?? ""
            if !text.isEmpty { StandardError.write(text) }
            state.board = nil
        }
    }

    private func writeJSON(_ event: Event) {
        guard let record = EventRecord(event) else { return }
        do {
            write(try JSONOutput.line(record) + "\n")
        } catch {
            write("harness: an event could not be written: \(error)\n")
        }
    }

    private func write(_ text: String) { besidePicture { StandardError.write(text) } }
}
