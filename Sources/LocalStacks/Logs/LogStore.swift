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
        var onLoss: (@Sendable (_ container: String, SystemCallError) -> Void)?
    }

    private final class Box: @unchecked Sendable {
        let writer: LogWriter
        init(_ writer: LogWriter) { self.writer = writer }
    }

    private let directory: String
    private let loop: EventLoop
    private let state = Mutex(State())

    /// - Parameter directory: Made at need.
    public init(directory: String, on loop: EventLoop) {
        self.directory = directory
        self.loop = loop
    }

    /// Has it told when lines of a container begin to be lost.
    public func onLoss(_ body: @escaping @Sendable (_ container: String, SystemCallError) -> Void) {
        state.withLock { $0.onLoss = body }
    }

    /// Takes a line; on the loop's thread. It is in its file after the present turn of the loop.
    public func append(_ line: LogLine, of container: ContainerPlan) {
        let box = state.withLock { state -> Box in
            if let known = state.writers[container.name] { return known }
            let name = container.name
            let writer = LogWriter(directory: "\(directory)/\(name)", limits: container.logging) { [weak self] error in
                self?.state.withLock { $0.onLoss }?(name, error)
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
