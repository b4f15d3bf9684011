/// Revisions of the store and the numbers that stand for something else where a revision is expected.
public enum Revision {
    /// The revision of a file that does not exist; as a condition: the file must not exist.
    public static let missing: Int64 = 0
    /// As the condition of a SET or DEL: whatever the file's revision is.
    public static let clobber: Int64 = -1
    /// The revision of a directory.
    public static let directory: Int64 = -2
}

/// The bits of a response's `flags`.
public enum ResponseFlags {
    /// The file was created or changed.
    public static let set: Int32 = 4
    /// The file was deleted.
    public static let deleted: Int32 = 8
}
