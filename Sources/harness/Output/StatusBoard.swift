import CLinux
import EnvironmentFile
import Glibc
import LocalStacks
import Orchestration

/// One line for each service on a terminal, redrawn in place while the environment boots: what it is doing, and for how
/// long if it is long.
struct StatusBoard {
    /// A boot that is over before is not worth a picture.
    private static let patience: Duration = .milliseconds(200)
    /// From when on it is told how long something lasts.
    private static let longTime: Duration = .seconds(1)

    private enum Mood {
        /// It is another's turn.
        case waiting
        case pending, good, bad
    }

    private struct Line {
        var text: String
        var mood: Mood
        var since: Duration
    }

    private var order: [String]
    private var states: [String: Line] = [:]
    private var time: Duration = .zero
    private let palette = Palette(for: STDERR_FILENO)
    /// What is on the terminal, without colours.
    private var drawn: [String] = []
    /// The boot is over, and so is the picture.
    private(set) var isOver = false

    init(services: [String]) { order = services }

    mutating func update(_ event: Event) {
        time = max(time, event.time)
        switch event.kind {
        case .imagePreparing(let request): noteImage(request, "preparing")
        case .imageProgress(let request, let progress):
            let part = progress.fraction.map { " \(Int($0 * 100)) %" } ?? ""
            noteImage(request, progress.step + part)
        case .imageReady(let image): forget("image \(image.reference)")
        case .planned(let plan):
            order = plan.containers.map(\.name)
        case .waiting(let service, let dependencies):
            note(service, "waits for " + dependencies.map(\.service).joined(separator: ", "), .waiting)
        case .starting(let service): note(service, "starting")
        // Until a probe has looked, which not every service has.
        case .started(let service): note(service, "started", .good)
        case .probed(let service, let probe, _): note(service, "not ready yet: \(probe)")
        case .ready(let service, let after): note(service, "ready after \(after.short)", .good)
        case .exited(let service, let status, let isExpected):
            note(service, status.text, isExpected && status.isSuccess ? .good : .bad)
        case .restarting(let service, let status, _): note(service, "\(status.text), is started again", .bad)
        case .booted, .bootFailed, .interrupted, .testStarted: isOver = true
        default: break
        }
    }

    /// Lets time go on in which nothing happens.
    mutating func pass(to time: Duration) { self.time = max(self.time, time) }

    private mutating func note(_ name: String, _ text: String, _ mood: Mood = .pending) {
        // What goes on is counted from its beginning.
        let since = states[name].flatMap { $0.text == text ? $0.since : nil } ?? time
        states[name] = Line(text: PrintableText.of(text), mood: mood, since: since)
    }

    private mutating func noteImage(_ request: ImageRequest, _ text: String) {
        let name = "image \(request.text)"
        if !order.contains(name) { order.insert(name, at: 0) }
        note(name, text)
    }

    private mutating func forget(_ name: String) {
        order.removeAll { $0 == name }
        states[name] = nil
    }

    // MARK: The picture

    /// What must be written to show the present state; nothing where that is shown.
    mutating func draw() -> String {
        if isOver { return erase() }
        guard time >= Self.patience else { return "" }
        let size = TerminalSize.of(STDERR_FILENO) ?? TerminalSize(columns: 80, rows: 24)
        let lines = lines(in: size)
        let plain = lines.map(\.plain)
        if plain == drawn { return "" }
        // Written over the picture before, so that nothing flickers.
        let text = back(size) + lines.map { "\($0.shown)\u{1b}[K\n" }.joined() + "\u{1b}[J"
        drawn = plain
        return text
    }

    /// Takes the picture away.
    mutating func erase() -> String {
        guard !drawn.isEmpty else { return "" }
        defer { drawn = [] }
        return back(TerminalSize.of(STDERR_FILENO) ?? TerminalSize(columns: 80, rows: 24)) + "\u{1b}[J"
    }

    /// Moves the cursor to the beginning of the picture: a terminal that has become narrower has broken its lines.
    private func back(_ size: TerminalSize) -> String {
        let rows = drawn.reduce(0) { $0 + max(1, (DisplayWidth.of($1) + size.columns - 1) / size.columns) }
        return rows > 0 ? "\r\u{1b}[\(rows)A" : ""
    }

    private func lines(in size: TerminalSize) -> [(plain: String, shown: String)] {
        // One for the cursor, and one in reserve for the line before.
        let room = max(size.rows - 2, 2)
        let names = chosen(room)
        let width = min(names.map { DisplayWidth.of($0) }.max() ?? 0, size.columns / 2)
        var lines = names.map { name in
            let cut = TerminalText.cut(name, columns: width)
            let head = cut + String(repeating: " ", count: width - DisplayWidth.of(cut) + 2)
            let state = TerminalText.cut(text(of: name), columns: size.columns - 1 - width - 2)
            return (plain: head + state, shown: head + coloured(state, states[name]?.mood ?? .waiting))
        }
        if names.count < order.count {
            let ready = order.count { isDone($0) }
            let rest = "… and \(order.count - names.count) more; \(ready) of \(order.count) are ready"
            lines.append((rest, rest))
        }
        return lines
    }

    /// Those of which there is most to see, in the order of the file.
    private func chosen(_ room: Int) -> [String] {
        guard order.count > room else { return order }
        let (pending, done) = (order.filter { !isDone($0) }, order.filter(isDone))
        let chosen = Set((pending + done).prefix(room - 1))
        return order.filter(chosen.contains)
    }

    private func isDone(_ name: String) -> Bool { states[name]?.mood == .good }

    private func text(of name: String) -> String {
        guard let line = states[name] else { return "" }
        let lasts = time - line.since
        guard line.mood == .pending, lasts >= Self.longTime else { return line.text }
        return "\(line.text), \(Int(lasts / .seconds(1))) s"
    }

    private func coloured(_ text: String, _ mood: Mood) -> String {
        switch mood {
        case .waiting, .pending: text
        case .good: palette.good(text)
        case .bad: palette.bad(text)
        }
    }
}
