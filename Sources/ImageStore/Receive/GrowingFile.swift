import Glibc
import LinuxKernel

/// A file that is read while it is being written: reading waits at its end until there is more.
final class GrowingFile: ByteSource {
    private struct State {
        var length: Int64 = 0
        var isComplete = false
        var isCancelled = false
    }

    /// How far the reader is; `nil` where nobody reads any more.
    private typealias Position = Int64?

    private let descriptor: SharedDescriptor
    private let state = Monitor(State())
    private let position = Monitor<Position>(0)

    /// Reads from the file's beginning.
    init(_ descriptor: SharedDescriptor) { self.descriptor = descriptor }

    /// So many bytes can be read by now.
    func grow(to length: Int64) { state.withLock { $0.length = length } }

    /// Nothing more will come.
    func complete() { state.withLock { $0.isComplete = true } }

    func cancel() { state.withLock { $0.isCancelled = true } }

    /// Nothing more will be read.
    func endReading() { position.withLock { $0 = nil } }

    /// Waits until reading is at most so many bytes behind `length`, or has ended.
    func waitForReader(of length: Int64, within window: Int64) {
        _ = position.wait { position in
            guard let offset = position else { return true }
            return length - offset <= window ? true : nil
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let offset = position.withLock({ $0 }) else { return 0 }
        let available: Int64? =
            state.wait { state in
                if state.isCancelled { return .some(nil) }
                if state.length > offset { return state.length - offset }
                return state.isComplete ? 0 : nil
            } ?? nil
        guard let available else { throw ImageStoreError(.cancelled) }
        let wanted = Int(min(available, Int64(buffer.count)))
        if wanted == 0 { return 0 }
        let count = try checked("pread", "a blob") {
            pread(descriptor.rawValue, buffer.baseAddress, wanted, Int(offset))
        }
        position.withLock { $0 = offset + Int64(count) }
        return count
    }
}
