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
    /// Compiled filters for system calls.
    public var filterCache: String { "\(store.root)/cache/seccomp" }

    /// The environment of the calling process.
    public static var variables: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                result[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}
