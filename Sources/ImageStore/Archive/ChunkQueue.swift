import LinuxKernel

/// Buffers that one thread fills and another empties: at most ``ChunkQueue/capacity`` of them are in memory.
final class ChunkQueue: Sendable {
    /// Filled bytes, and how many bytes of the source they and all before them took.
    struct Chunk: @unchecked Sendable {
        var buffer: UnsafeMutableRawBufferPointer
        var count: Int
        var sourceLength: Int64

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
    }

    /// What the emptying thread gets.
    enum Next {
        case chunk(Chunk)
        case end
        /// Nothing has come yet.
        case nothing
    }

    static let capacity = 4
    static let chunkSize = 256 << 10

    private struct State {
        var free: [UnsafeMutableRawBufferPointer] = []
        var allocated = 0
        var filled: [Chunk] = []
        var ending: Result<Void, any Error>?
        var isAbandoned = false
    }

    private let monitor = Monitor(State())

    deinit {
        monitor.withLock { state in
            for buffer in state.free + state.filled.map(\.buffer) { buffer.deallocate() }
        }
    }

    /// A buffer to fill; waits for one. `nil` where nobody wants more.
    func takeFree() -> UnsafeMutableRawBufferPointer? {
        monitor.wait { state in
            if state.isAbandoned { return .some(nil) }
            if let buffer = state.free.popLast() { return buffer }
            guard state.allocated < Self.capacity else { return nil }
            state.allocated += 1
            return .some(.some(.allocate(byteCount: Self.chunkSize, alignment: 4096)))
        } ?? nil
    }

    func put(_ chunk: Chunk) { monitor.withLock { $0.filled.append(chunk) } }

    /// Nothing more will come.
    func end(_ result: Result<Void, any Error>) { monitor.withLock { $0.ending = result } }

    /// The next chunk, to be given back with ``release(_:)``; waits for it.
    ///
    /// - Throws: What the filling thread ended with, after all that came before.
    func next(milliseconds: Int) throws -> Next {
        let next: Result<Next, any Error>? = monitor.wait(milliseconds: milliseconds) { state in
            if !state.filled.isEmpty { return .success(.chunk(state.filled.removeFirst())) }
            return state.ending?.map { .end }
        }
        return try next?.get() ?? .nothing
    }

    func release(_ chunk: Chunk) { monitor.withLock { $0.free.append(chunk.buffer) } }

    /// Nothing more is wanted.
    func abandon() { monitor.withLock { $0.isAbandoned = true } }
}
