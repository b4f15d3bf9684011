import EnvironmentFile
import CLinux
import Glibc
import Orchestration

/// One line for each service on a terminal, redrawn in place while the environment boots.
struct StatusBoard {
    /// A boot that is over before is not worth a picture.
    private static let patience: Duration = .milliseconds(200)

    private var order: [String]
    private var states: [String: String] = [:]
    private var drawn = 0
    private var isOver = false

    init(services: [String]) { order = services }

    mutating func update(_ event: Event) {
        switch event.kind {
        case .imagePreparing(let request): note("image \(request.text)", "preparing")
        case .imageProgress(let request, let progress):
            let part = progress.fraction.map { " \(Int($0 * 100)) %" } ?? ""
            note("image \(request.text)", progress.step + part)
        case .imageReady(let image): forget("image \(image.reference)")
        case .planned:
            order.removeAll { $0.hasPrefix("image ") }
        case .waiting(let service, let dependencies):
            states[service] = "waits for " + dependencies.map(\.service).joined(separator: ", ")
        case .starting(let service): states[service] = "starting"
        case .started(let service): states[service] = "started"
        case .probed(let service, let probe, _): states[service] = "not ready yet: \(probe)"
        case .ready(let service, let after): states[service] = "ready after \(after.short)"
        case .exited(let service, let status, _): states[service] = status.text
        case .booted, .bootFailed, .interrupted, .testStarted: isOver = true
        default: break
        }
    }

    private mutating func note(_ name: String, _ state: String) {
        if !order.contains(name) { order.insert(name, at: 0) }
        states[name] = state
    }

    private mutating func forget(_ name: String) {
        order.removeAll { $0 == name }
        states[name] = nil
    }

    /// What must be written to show the present state; takes the picture away when the boot is over.
    mutating func render(at time: Duration) -> String {
        if isOver { return erase() }
        guard time >= Self.patience else { return "" }
        let (columns, rows) = Self.terminalSize
        let shown = order.prefix(max(rows - 2, 1))
        let width = shown.map(\.count).max() ?? 0
        var lines = shown.map { name in
            let padding = String(repeating: " ", count: width - name.count)
            return String("\(name)\(padding)  \(states[name] ?? "")".prefix(columns - 1))
        }
        if shown.count < order.count { lines.append("… and \(order.count - shown.count) more") }
        defer { drawn = lines.count }
        return erase() + lines.map { "\u{1b}[2K\($0)\n" }.joined()
    }

    /// Takes the picture away.
    mutating func erase() -> String {
        defer { drawn = 0 }
        return drawn > 0 ? "\u{1b}[\(drawn)A\u{1b}[J" : ""
    }

    private static var terminalSize: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
