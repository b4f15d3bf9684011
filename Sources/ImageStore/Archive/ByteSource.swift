import Glibc
import LinuxKernel
import Synchronization

/// Where the bytes of a layer come from; read by a thread of its own.
protocol ByteSource: AnyObject, Sendable {
    /// Waits for bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Has a read that waits, and every later one, fail with `cancelled`.
    func cancel()
}

/// An open descriptor, read from where it stands; may be a pipe. Stays the caller's.
final class DescriptorSource: ByteSource {
    private let descriptor: CInt
    private let blob: OpenBlob?
    private let isCancelled = Atomic<Bool>(false)

    init(_ descriptor: CInt) { (self.descriptor, blob) = (descriptor, nil) }

    /// Reads a blob, which stays open and in the store meanwhile.
    init(keeping blob: OpenBlob) { (descriptor, self.blob) = (blob.descriptor, blob) }

    /// Ten times a second at least it looks whether to go on: who writes to a pipe may take its time.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            if isCancelled.load(ordering: .relaxed) { throw ImageStoreError(.cancelled) }
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if try checked("poll", "the archive", { poll(&polled, 1, 100) }) > 0 { break }
        }
        return try checked("read", "the archive") { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}
