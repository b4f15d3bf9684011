import Glibc
import LinuxKernel
import Synchronization

/// Reads what a container prints, line by line, as long as anybody in it has the pipe open.
public final class LineReader: Sendable {
    /// Longer lines come in pieces of this many bytes.
    public static let maximumLine = 16 << 10
    /// Bytes that are drained at most; a pipe holds fewer.
    private static let burst = 256 << 10
    /// Bytes that are read at once: short lines cost far more than their bytes.
    private static let chunk = 4 << 10
    /// How long is read in a row before others have their turn: one that prints without end holds up nobody.
    private static let turn: Duration = .milliseconds(2)

    private struct State {
        var partial: [UInt8] = []
        var watch: EventLoop.Watch?
        var taps: [Int: Tap] = [:]
        var lastTap = 0
    }

    /// Hears what is read as it comes.
    public typealias Tap = @Sendable ([UInt8]) -> Void

    private let descriptor: OwnedDescriptor
    private let state = Mutex(State())
    private let handler: @Sendable (String) -> Void

    /// - Parameters:
    ///   - pipe: The reading end; must not block (`O_NONBLOCK`).
    ///   - handler: Gets every line without its line feed, invalid UTF-8 replaced, on the loop's thread.
    public init(
        _ pipe: consuming OwnedDescriptor, on loop: EventLoop, _ handler: @escaping @Sendable (String) -> Void
    ) throws(SystemCallError) {
        descriptor = pipe
        self.handler = handler
        let number = descriptor.rawValue
        let watch = try loop.watch(number, for: .readable) { [weak self] _ in self?.read(for: Self.turn) }
        state.withLock { $0.watch = watch }
    }

    deinit { state.withLock { $0.watch }?.cancel() }

    /// Has somebody else hear what is read from now on, before it becomes lines.
    ///
    /// - Returns: Ends that.
    public func tap(_ body: @escaping Tap) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.lastTap += 1
            state.taps[state.lastTap] = body
            return state.lastTap
        }
        return { [weak self] in self?.state.withLock { state in state.taps[number] = nil } }
    }

    /// Hands on what is in the pipe now: after a process's end its last lines are there, but not yet read.
    public func drain() { read(for: nil) }

    /// - Parameter time: `nil`: until there is nothing more, or a whole burst has been read.
    private func read(for time: Duration?) {
        let deadline = time.map { ContinuousClock.now + $0 }
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        var total = 0
        while total < Self.burst {
            if total > 0, let deadline, ContinuousClock.now >= deadline { return }
            let count = Glibc.read(descriptor.rawValue, &buffer, buffer.count)
            guard count > 0 else {
                if count == 0 || (errno != EAGAIN && errno != EINTR) { finish() }
                return
            }
            total += count
            let taps = state.withLock { $0.taps }
            if !taps.isEmpty { for tap in taps.values { tap(Array(buffer[0..<count])) } }
            for line in take(buffer[0..<count]) { handler(line) }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) -> [String] {
        state.withLock { state in
            var lines: [String] = []
            var rest = bytes
            while !rest.isEmpty {
                let room = Self.maximumLine - state.partial.count
                let piece = rest.prefix(room)
                if let feed = piece.firstIndex(of: UInt8(ascii: "\n")) {
                    lines.append(String(decoding: state.partial + rest[..<feed], as: UTF8.self))
                    state.partial = []
                    rest = rest[(feed + 1)...]
                } else {
                    state.partial += piece
                    rest = rest.dropFirst(piece.count)
                    if state.partial.count == Self.maximumLine {
                        lines.append(String(decoding: state.partial, as: UTF8.self))
                        state.partial = []
                    }
                }
            }
            return lines
        }
    }

    private func finish() {
        let (watch, last) = state.withLock { state in
            defer {
                state.watch = nil
                state.partial = []
            }
            return (state.watch, state.partial)
        }
        watch?.cancel()
        if !last.isEmpty { handler(String(decoding: last, as: UTF8.self)) }
    }
}
