public import DoozerProtocol

/// What one revision did.
public struct Change: Hashable, Sendable {
    /// What was done at ``Change/path``.
    public enum Kind: Hashable, Sendable {
        /// The file was created or written.
        case set
        /// The file was deleted.
        case deleted
        /// Nothing, at `/`: a NOP takes a revision too.
        case none
    }

    /// The revision this change made, 1 or greater.
    public var revision: Int64
    /// The file that changed.
    public var path: DoozerPath
    /// The file's new content; empty unless it was set.
    public var body: [UInt8]
    /// What was done.
    public var kind: Kind

    /// Makes the change that `revision` is.
    public init(revision: Int64, path: DoozerPath, body: [UInt8], kind: Kind) {
        self.revision = revision
        self.path = path
        self.body = body
        self.kind = kind
    }
}

/// Why the store did not do what was asked.
public enum StoreError: Error, Hashable, Sendable {
    /// The revision is older than the history reaches back.
    case tooLate(requested: Int64, oldest: Int64)
    /// The path names a directory where a file is needed.
    case isDirectory
    /// A component of the path's directory names a file.
    case notDirectory
    /// The file was changed after the revision given.
    case revisionMismatch(current: Int64)
}
