import CLinux
import Glibc
import Synchronization

/// Signals that ask the program to end, as events of the loop.
///
/// The handler writes one byte into a pipe, which is all that a handler may do (signal-safety(7)). Handlers, unlike a
/// blocked mask, are not inherited by the programs that this one starts.
public final class Interrupts: Sendable {
    /// The writing end, for the handler, which gets no context.
    private static let writer = Atomic<CInt>(-1)

    private let pipe: SharedDescriptor
    private let handler = Mutex<(@Sendable (CInt) -> Void)?>(nil)
    private let watch = Mutex<EventLoop.Watch?>(nil)

    /// Takes over `signals`; one object at a time. A signal that the caller's parent has set to be ignored (nohup(1))
    /// stays ignored.
    public init(_ signals: [CInt], on loop: EventLoop) throws(SystemCallError) {
        var ends: [CInt] = [-1, -1]
        try checked("pipe2") { clinux_pipe2(&ends, O_CLOEXEC | O_NONBLOCK) }
        pipe = SharedDescriptor(OwnedDescriptor(adopting: ends[0]))
        Self.writer.store(ends[1], ordering: .sequentiallyConsistent)
        let watch = try loop.watch(ends[0], for: .readable) { [weak self] _ in self?.deliver() }
        self.watch.withLock { $0 = watch }
        for signal in signals { try Self.install(signal) }
    }

    /// Sets who is told of a signal, on the loop's thread.
    public func onSignal(_ body: @escaping @Sendable (CInt) -> Void) { handler.withLock { $0 = body } }

    private static func install(_ signal: CInt) throws(SystemCallError) {
        var present = sigaction()
        try checked("sigaction") { sigaction(signal, nil, &present) }
        if unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) == 1 { return }
        var action = sigaction()
        action.sa_flags = CInt(SA_RESTART)
        action.__sigaction_handler.sa_handler = { signal in
            let saved = errno
            var byte = UInt8(truncatingIfNeeded: signal)
            // A full pipe holds enough signals already.
            _ = write(Interrupts.writer.load(ordering: .sequentiallyConsistent), &byte, 1)
            errno = saved
        }
        try checked("sigaction") { sigaction(signal, &action, nil) }
    }

    private func deliver() {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(pipe.rawValue, &buffer, buffer.count)
        guard count > 0, let body = handler.withLock({ $0 }) else { return }
        for signal in buffer[0..<count] { body(CInt(signal)) }
    }
}
