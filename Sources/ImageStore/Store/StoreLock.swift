import Glibc
import LinuxKernel

/// The lock under which the index changes, held until the object goes.
///
/// Readers need none: they see the index before or after a change.
final class StoreLock {
    private let file: OwnedDescriptor

    /// Waits until nobody else changes the store.
    init(_ location: StoreLocation) throws(SystemCallError) {
        try makeDirectories(location.root)
        file = try .open(location.lock, O_RDWR | O_CREAT, mode: 0o600)
        _ = try lockFile(file.rawValue, LOCK_EX)
    }
}
