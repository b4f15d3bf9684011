import Glibc

/// Where harness keeps what outlives a run: `$HARNESS_HOME`.
public struct StoreLocation: Hashable, Sendable {
    /// An absolute path without a slash at its end.
    public let root: String
    /// Files of images belong to the user's subordinate ids: what touches them is done by a ``StoreWorker``, which every
    /// program that has this set must be able to be.
    public var hasMappedOwners: Bool

    /// Takes the directory; it need not exist.
    public init(root: String, hasMappedOwners: Bool = false) {
        self.hasMappedOwners = hasMappedOwners
        var root = root
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.root = root
    }

    /// The place that an environment asks for: `HARNESS_HOME`; else, for root, `/var/lib/harness`; else
    /// `$XDG_DATA_HOME/harness`, and `~/.local/share/harness` without that variable.
    ///
    /// - Parameters:
    ///   - environment: Looks up a variable. Empty counts as missing.
    ///   - user: The effective user.
    /// - Throws: ``ImageStoreError`` of kind `homeUnknown` where a path is relative, or nothing tells the home directory.
    public init(environment: (String) -> String?, user: uid_t = geteuid()) throws(ImageStoreError) {
        func path(_ name: String) throws(ImageStoreError) -> String? {
            guard let value = environment(name), !value.isEmpty else { return nil }
            guard value.hasPrefix("/") else {
                throw ImageStoreError(.homeUnknown("\(name) is not an absolute path: '\(value)'"))
            }
            return value
        }
        if let home = try path("HARNESS_HOME") {
            self.init(root: home)
        } else if user == 0 {
            self.init(root: "/var/lib/harness")
        } else if let data = try path("XDG_DATA_HOME") {
            self.init(root: data + "/harness")
        } else if let home = try path("HOME") {
            self.init(root: home + "/.local/share/harness")
        } else {
            throw ImageStoreError(.homeUnknown("neither HARNESS_HOME, XDG_DATA_HOME nor HOME is set"))
        }
    }

    /// The place that this process's environment asks for.
    public static func current() throws(ImageStoreError) -> Self {
        var location = try Self(environment: { name in getenv(name).map { String(cString: $0) } })
        location.hasMappedOwners = geteuid() != 0
        return location
    }

    /// The OCI image layout; other tools read it as `oci:PATH`.
    public var images: String { root + "/images" }
    /// The blobs of the layout, one file each, named by the digits of its digest.
    public var blobs: String { images + "/blobs/sha256" }
    /// Unpacked layers in overlayfs(5)'s form, one directory each, named by the digits of the diff id.
    public var layers: String { root + "/layers" }
    /// Names of unpacked layers that may not have reached the disk yet.
    public var unsyncedLayers: String { root + "/layers-unsynced" }
    /// Frozen fixtures.
    public var snapshots: String { root + "/snapshots" }
    /// Volumes that outlive a run.
    public var volumes: String { root + "/volumes" }
    /// Which image a list of packages gave.
    public var packageBuilds: String { root + "/package-builds" }
    /// Work in progress: one directory for each writer, which holds a lock on it as long as it lives.
    public var staging: String { root + "/staging" }
    /// The lock under which the index changes.
    public var lock: String { root + "/lock" }
}
