import EnvironmentFile
import LinuxKernel
import Orchestration
import Synchronization

/// Keeps what the containers of an environment print: one directory for each.
public final class LogStore: Sendable {
    private struct State {
        // Only ever used on the loop's thread; the lock is for the compiler.
        var writers: [String: Box] = [:]
        var isFlushing = false
    }

    private final class Box: @unchecked Sendable {
        let writer: LogWriter
        init(_ writer: LogWriter) { self.writer = writer }
    }

    private let directory: String
    private let loop: EventLoop
    private let report: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - directory: Made at need.
    ///   - report: Gets a sentence without full stop when lines are lost.
    public init(directory: String, on loop: EventLoop, report: @escaping @Sendable (String) -> Void) {
        self.directory = directory
        self.loop = loop
        self.report = report
    }

    /// Takes a line; on the loop's thread. It is in its file after the present turn of the loop.
    public func append(_ line: LogLine, of container: ContainerPlan) {
        let box = state.withLock { state -> Box in
            if let known = state.writers[container.name] { return known }
            let report = report
            let name = container.name
            let writer = LogWriter(directory: "\(directory)/\(name)", limits: container.logging) { error in
                report("lines of '\(name)' are lost: \(error)")
            }
            let box = Box(writer)
            state.writers[name] = box
            return box
        }
        box.writer.append(line)
        guard box.writer.isPending else { return }
        let isFirst = state.withLock { state in
            defer { state.isFlushing = true }
            return !state.isFlushing
        }
        if isFirst { Task(executorPreference: loop) { self.flush() } }
    }

    /// Has a container's limits looked up anew with its next line.
    public func forget(_ container: String) {
        let box = state.withLock { $0.writers.removeValue(forKey: container) }
        box?.writer.flush()
    }

    /// Writes what has been gathered.
    public func flush() {
        let boxes = state.withLock { state in
            state.isFlushing = false
            return Array(state.writers.values)
        }
        for box in boxes { box.writer.flush() }
    }
}
