import Glibc
import LinuxKernel
import OCI
import Synchronization

/// A layer that is unpacked on a thread of its own while its blob is still on its way.
final class LayerJob: @unchecked Sendable {
    private let source: GrowingFile
    private let result = Mutex<Result<LayerStream.Summary, any Error>?>(nil)
    private let directory: String
    private var thread: WorkThread?
    /// What could not be kept, and how often; known when it has ended.
    private(set) var omissions: [String: Int] = [:]

    /// Begins to unpack.
    ///
    /// - Parameters:
    ///   - file: The blob's, as far as it has come.
    ///   - directory: Must not exist; its parent must.
    ///   - location: The store's, which knows whose the files are to be.
    init(
        _ file: SharedDescriptor, into directory: String, in location: StoreLocation, limits: UnpackLimits
    ) throws(SystemCallError) {
        source = GrowingFile(file)
        self.directory = directory
        let source = source
        thread = try WorkThread { [self] in
            defer { source.endReading() }
            let result = Result {
                let stream = try LayerStream(
                    source, accounting: .none, limits: limits, isVerified: true, isCancelled: { false })
                self.omissions = try location.unpackLayer(stream, into: directory, limits: limits)
                return try stream.finish(requiresEndMarker: false)
            }
            self.result.withLock { $0 = result }
        }
    }

    /// So many bytes of the blob are there by now.
    ///
    /// - Throws: What unpacking has ended with, where it has failed already.
    func grow(to length: Int64) throws {
        source.grow(to: length)
        if case .failure(let error) = result.withLock({ $0 }) { throw error }
    }

    /// Waits until at most so many bytes before `length` have not been read.
    func waitForUnpacking(of length: Int64, within window: Int64) {
        source.waitForReader(of: length, within: window)
    }

    /// The blob is complete: waits until it is unpacked.
    func finish() throws -> LayerStream.Summary {
        source.complete()
        thread.take()?.join()
        guard let result = result.withLock({ $0 }) else { throw ImageStoreError(.cancelled) }
        return try result.get()
    }

    /// Gives up: ends the thread.
    func cancel() {
        source.cancel()
        thread.take()?.join()
    }
}
