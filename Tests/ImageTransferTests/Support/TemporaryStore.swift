import FoundationEssentials
import Glibc
import ImageStore

/// A store of a test's own, removed with the object.
final class TemporaryStore: Sendable {
    let store: ImageStore
    private let root: String

    init() {
        root = "/tmp/harness-transfer-\(UInt64.random(in: .min ... .max))"
        store = ImageStore(StoreLocation(root: root))
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            // Nothing was put into it.
        }
    }
}
