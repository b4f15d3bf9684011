import EmbeddedEngine
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration

/// Which lines of logs are shown, and how.
struct LogSelection {
    /// Services or containers; empty: all.
    var services: [String] = []
    /// So many of each container's last lines; `nil`: all.
    var tail: Int?
    /// Seconds since 1970.
    var since: Double?
    /// Seconds since 1970.
    var until: Double?
    var showsTimes = false
    var hasPrefix = true
    /// Shows what comes from now on too, until the environment is gone.
    var follows = false
}

/// Shows the logs of an environment from their files: also when it has been killed, and without its monitor's help.
final class LogSession {
    private let target: StackTarget
    private let selection: LogSelection
    private var readers: [String: LogReader] = [:]
    private var output = AttachedOutput(containers: [])
    private let since: String?
    private let until: String?

    init(target: StackTarget, selection: LogSelection) {
        self.target = target
        self.selection = selection
        since = selection.since.map(LogTime.text)
        until = selection.until.map(LogTime.text)
    }

    func run() throws -> ExitStatusCode {
        let names = try containers()
        if names.isEmpty, !selection.follows {
            guard selection.services.isEmpty else {
                throw Failure(
                    "nothing is kept of \(selection.services.joined(separator: ", "))",
                    remedy: "see 'harness ps'", code: .unavailable)
            }
            // Whether it is up decides between nothing to show and nobody to show it.
            _ = try target.connect()
            return .success
        }
        show(try collect(tail: selection.tail))
        return selection.follows ? try follow() : .success
    }

    /// The chosen containers that have logs, or whose logs are open: their last lines may come just before they are removed.
    private func containers() throws -> [String] {
        var names = Set(readers.keys)
        do throws(SystemCallError) {
            names.formUnion(try directoryEntries(target.logs))
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
        let chosen = names.sorted().filter { name in
            selection.services.isEmpty || selection.services.contains { Self.isContainer(name, of: $0) }
        }
        output = AttachedOutput(containers: chosen, hasPrefix: selection.hasPrefix)
        return chosen
    }

    /// `web` is a container of the service `web`, and so are `web-2` and, after a switch-over, `web@2`.
    private static func isContainer(_ container: String, of service: String) -> Bool {
        if container == service { return true }
        let name = container.prefix { $0 != "@" }
        if name == service { return true }
        guard name.hasPrefix(service + "-") else { return false }
        let number = name.dropFirst(service.count + 1)
        return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// What has been written since the last call, of all containers in the order of time.
    private func collect(tail: Int?) throws -> [(container: String, entry: LogEntry)] {
        var all: [(container: String, entry: LogEntry)] = []
        for name in try containers() {
            var reader = readers[name] ?? LogReader(directory: "\(target.logs)/\(name)")
            var entries: [LogEntry] = []
            _ = try reader.read { entry in
                if let since, entry.time < since { return }
                if let until, entry.time > until { return }
                entries.append(entry)
                // Twice as many are gathered, so that dropping costs little.
                if let tail, entries.count > 2 * tail + 64 { entries.removeFirst(entries.count - tail) }
            }
            readers[name] = reader
            if let tail { entries = entries.suffix(tail) }
            all += entries.map { (name, $0) }
        }
        // Of equal times the order of each container's lines is kept: the sort is stable.
        return all.sorted { $0.entry.time < $1.entry.time }
    }

    private func show(_ entries: [(container: String, entry: LogEntry)]) {
        var text = ""
        for (container, entry) in entries {
            text += output.text(entry.text, of: container, time: selection.showsTimes ? entry.time : nil)
            if text.utf8.count > 64 << 10 { text = write(text) }
        }
        _ = write(text)
    }

    /// Nobody reading it ends the command, as SIGPIPE would.
    private func write(_ text: String) -> String {
        do {
            if !text.isEmpty { try StandardOutput.write(text) }
        } catch {
            exit(0)
        }
        return ""
    }

    /// Waits for changes in the logs' directories, and for the end of the monitor's connection.
    private func follow() throws -> ExitStatusCode {
        let client = try target.connect()
        try client.call(.events, release: VersionCommand.version)
        let watch = try DirectoryWatch()
        var isOver = false
        while !isOver {
            try watch.add(target.records.directory(target.identifier))
            try watch.add(target.logs)
            for name in try containers() { try watch.add("\(target.logs)/\(name)") }
            // What has come between the last look and the watch.
            show(try collect(tail: nil))
            var watched = [
                pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            try checked("poll") { poll(&watched, nfds_t(watched.count), -1) }
            if watched[0].revents != 0 { watch.clear() }
            if watched[1].revents != 0 { isOver = try !hears(client) }
        }
        show(try collect(tail: nil))
        // One that was taken down has ended as it should.
        if let failure = try target.lost() { throw failure }
        return .success
    }

    /// Takes one message; `false` when the monitor has gone.
    private func hears(_ client: borrowing ControlClient) throws -> Bool {
        do {
            _ = try client.next()
            return true
        } catch ControlClient.Failure.lost {
            return false
        } catch let failure as ControlClient.Failure {
            throw Failure(failure, target.name)
        } catch let failure as ControlFailure {
            throw Failure(failure)
        }
    }
}

/// Tells that something in directories has changed, without saying what.
private struct DirectoryWatch: ~Copyable {
    private let inotify: Inotify

    init() throws(SystemCallError) { inotify = try Inotify() }

    var descriptor: CInt { inotify.descriptor }

    /// A directory that is not there yet shows itself in the one above.
    func add(_ path: String) throws(SystemCallError) {
        do {
            try inotify.add(path, [.names, .modified])
        } catch {
            if error.errno != ENOENT { throw error }
        }
    }

    func clear() { _ = inotify.read() }
}
