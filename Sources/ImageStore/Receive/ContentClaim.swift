import Glibc
import LinuxKernel
import OCI

/// The sole right on this machine to bring one blob into the store, or to unpack it, held until the object goes.
///
/// An exclusive flock(2) on a file of its own, which goes with the claim; what a killed process leaves is swept.
final class ContentClaim: Sendable {
    private let path: String
    private let file: SharedDescriptor

    /// Takes it; waits while somebody else has it.
    ///
    /// - Parameter onWait: Called once before waiting.
    init(_ digest: Digest, in location: StoreLocation, onWait: () -> Void) throws(SystemCallError) {
        try makeDirectories(location.downloads, mode: 0o700)
        let path = location.claim(digest)
        self.path = path
        var hasTold = false
        while true {
            let file = SharedDescriptor(try .open(path, O_RDWR | O_CREAT, mode: 0o600))
            if try !lockFile(file.rawValue, LOCK_EX | LOCK_NB) {
                if !hasTold { onWait() }
                hasTold = true
                _ = try lockFile(file.rawValue, LOCK_EX)
            }
            // The one before has removed it with its claim.
            guard try isStill(file.rawValue, at: path) else { continue }
            self.file = file
            return
        }
    }

    deinit {
        // While it is locked: who waits for it sees that it is gone, and makes another.
        unlink(path)
    }
}

/// Content on its way into the store.
extension StoreLocation {
    /// Blobs that are being fetched, named by the digits of their digest; a broken download goes on from there.
    var downloads: String { root + "/downloads" }

    func download(_ digest: Digest) -> String { "\(downloads)/\(digest.hex)" }
    func claim(_ digest: Digest) -> String { "\(downloads)/\(digest.hex).lock" }
}
