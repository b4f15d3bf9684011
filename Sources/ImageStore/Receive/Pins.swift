import Glibc
import LinuxKernel
import OCI
import Synchronization

/// Content that must stay in the store although no image of the index has it yet.
///
/// A shared flock(2) on each blob's file and each layer's directory; whoever removes content first asks for an exclusive
/// one.
final class Pins: Sendable {
    private struct State {
        var blobs: [Digest: SharedDescriptor] = [:]
        var layers: [Digest: SharedDescriptor] = [:]
    }

    private let location: StoreLocation
    private let state = Mutex(State())

    init(_ location: StoreLocation) { self.location = location }

    /// Pins a blob where it is in the store.
    func pinBlob(_ digest: Digest) throws(SystemCallError) -> Bool {
        if state.withLock({ $0.blobs[digest] != nil }) { return true }
        guard let file = try lockShared(location.blob(digest), O_RDONLY) else { return false }
        state.withLock { $0.blobs[digest] = file }
        return true
    }

    /// Pins an unpacked layer where its directory is there.
    func pinLayer(_ diffID: Digest) throws(SystemCallError) -> Bool {
        if state.withLock({ $0.layers[diffID] != nil }) { return true }
        guard let directory = try lockShared(location.layer(diffID), O_RDONLY | O_DIRECTORY) else { return false }
        state.withLock { $0.layers[diffID] = directory }
        return true
    }

    /// Lets go of what the index has by now.
    func release(blobs: Set<Digest>, layers: Set<Digest>) {
        state.withLock { state in
            for digest in blobs { state.blobs[digest] = nil }
            for diffID in layers { state.layers[diffID] = nil }
        }
    }
}

/// Opens and locks what nobody may remove from now on; `nil` where nothing is there.
func lockShared(_ path: String, _ flags: CInt) throws(SystemCallError) -> SharedDescriptor? {
    while true {
        guard let file = try openIfPresent(path, flags) else { return nil }
        _ = try lockFile(file.rawValue, LOCK_SH)
        // Removed, or removed and made again, before the lock was ours.
        if try isStill(file.rawValue, at: path) { return SharedDescriptor(file) }
    }
}
