import Containers
import Glibc
import ImageStore

/// Where the engine keeps its state (HARNESS_HOME) and its sandboxes.
public struct Places: Hashable, Sendable {
    /// Images, layers, volumes.
    public var store: StoreLocation
    /// The runtime directories of sandboxes.
    public var runtimeRoot: String

    /// Takes both.
    public init(store: StoreLocation, runtimeRoot: String) {
        self.store = store
        self.runtimeRoot = runtimeRoot
    }

    /// Those of the calling process.
    ///
    /// - Throws: ``ImageStoreError`` of kind `homeUnknown`.
    public static func current() throws(ImageStoreError) -> Places {
        Places(store: try StoreLocation.current(), runtimeRoot: RuntimeDirectory.root(environment: variables))
    }

    /// Where writable layers live that are not kept in memory: one directory for each sandbox.
    public var diskScratch: String { "\(store.root)/scratch" }
    /// Where each sandbox mounts its memory, out of sight of everybody else.
    public var mountPoint: String { "\(store.root)/mnt" }
    /// Compiled filters for system calls.
    public var filterCache: String { "\(store.root)/cache/seccomp" }

    /// The environment of the calling process, as it was when it was first asked for.
    public static let variables: [String: String] = {
        var result: [String: String] = [:]
        result.reserveCapacity(64)
        var entry = environ
        while let text = entry.pointee {
            // By bytes: breaking strings into characters takes a tenth of a millisecond here.
            if let equals = strchr(text, CInt(UInt8(ascii: "="))) {
                let name = UnsafeRawBufferPointer(start: text, count: text.distance(to: equals))
                result[String(decoding: name, as: UTF8.self)] = String(cString: equals + 1)
            }
            entry += 1
        }
        return result
    }()
}
