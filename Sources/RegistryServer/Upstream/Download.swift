import Glibc
import LinuxKernel
import NIOCore
import NIOPosix

/// A blob that comes from an upstream registry: written to a file once, and read from there by everybody who waits for it,
/// from the first byte on.
actor Download {
    nonisolated let size: Int64
    nonisolated let file: SharedDescriptor
    nonisolated let path: String
    private var position: Int64 = 0
    private var failure: (any Error)?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter path: A new file.
    init(path: String, size: Int64) throws(SystemCallError) {
        file = SharedDescriptor(try .open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644))
        (self.path, self.size) = (path, size)
    }

    /// Takes the next bytes.
    func append(_ part: ByteBuffer) async throws {
        let (file, start) = (self.file, position)
        try await NIOThreadPool.singleton.runIfActive {
            try part.withUnsafeReadableBytes { bytes in
                var offset = 0
                while offset < bytes.count {
                    let slice = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                    let place = off_t(start + Int64(offset))
                    offset += try checked("pwrite", "a blob") {
                        pwrite(file.rawValue, slice.baseAddress, slice.count, place)
                    }
                }
            }
        }
        position = start + Int64(part.readableBytes)
        wake()
    }

    /// Tells everybody who waits that nothing more comes.
    func fail(_ error: any Error) {
        failure = error
        wake()
    }

    /// Waits until there are bytes after `offset`.
    ///
    /// - Returns: How many bytes there are in all.
    func available(after offset: Int64) async throws -> Int64 {
        while position <= offset {
            if let failure { throw failure }
            await withCheckedContinuation { waiting.append($0) }
        }
        return position
    }

    private func wake() {
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
