import Glibc
import LinuxKernel
import Synchronization

/// Reads what a process prints and keeps the beginning: one that prints more than a pipe holds is not held up.
final class OutputReader: Sendable {
    private struct State {
        var kept: [UInt8] = []
        var watch: EventLoop.Watch?
    }

    private let descriptor: OwnedDescriptor
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - pipe: The reading end.
    ///   - limit: Bytes that are kept.
    init(_ pipe: consuming OwnedDescriptor, limit: Int, on loop: EventLoop) throws(SystemCallError) {
        descriptor = pipe
        self.limit = limit
        let number = descriptor.rawValue
        try setNonBlocking(number)
        let watch = try loop.watch(number, for: .readable) { [weak self] _ in self?.read() }
        state.withLock { $0.watch = watch }
    }

    deinit { state.withLock { $0.watch }?.cancel() }

    /// What has been kept, with what is in the pipe now; nothing is read afterwards.
    func take() -> String {
        read()
        let (bytes, watch) = state.withLock { state in
            defer { state.watch = nil }
            return (state.kept, state.watch)
        }
        watch?.cancel()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// At most a pipe's worth, so that others have their turn.
    private func read() {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(descriptor.rawValue, &buffer, buffer.count)
        if count == 0 {
            // Nobody writes any more, and the loop would report that again and again.
            state.withLock { $0.watch.take() }?.cancel()
            return
        }
        guard count > 0 else { return }
        state.withLock { state in
            state.kept += buffer[0..<min(count, max(limit - state.kept.count, 0))]
        }
    }
}
