import Glibc
import LinuxKernel
import OCI
import Synchronization

/// A blob whose digest is known only at its end.
///
/// For one thread or task at a time. Nothing stays of it where the object goes before ``finish(_:)``.
public final class BlobUpload: Sendable {
    private struct State {
        var offset: Int64 = 0
        var hasher = DigestHasher()
    }

    private let reception: Reception
    private let path: String
    private let file: SharedDescriptor
    private let state = Mutex(State())

    init(_ reception: Reception) throws(SystemCallError) {
        self.reception = reception
        path = reception.temporaryPath()
        file = SharedDescriptor(try .open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644))
    }

    deinit { unlink(path) }

    /// How many bytes have come.
    public var offset: Int64 { state.withLock { $0.offset } }

    /// Takes the next bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(ImageStoreError) {
        try storing {
            try state.withLock { state in
                try FileContent.write(bytes, to: file.rawValue)
                state.hasher.update(bytes)
                state.offset += Int64(bytes.count)
            }
        }
    }

    /// Checks the digest and puts the blob in place, where the reception keeps it.
    ///
    /// - Throws: ``ImageStoreError`` of kind `digestMismatch`.
    public func finish(_ digest: Digest) throws(ImageStoreError) {
        try storing {
            try state.withLock { state in
                let actual = state.hasher.finalize()
                guard actual == digest else {
                    throw ImageStoreError(.digestMismatch(expected: digest, actual: actual))
                }
                try reception.install(file, at: path, as: digest)
            }
        }
    }
}
