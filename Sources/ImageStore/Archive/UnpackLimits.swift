/// Bounds on what an archive may unpack to, so that a small file can't fill the disk.
public struct UnpackLimits: Hashable, Sendable {
    /// Bytes of the uncompressed archive.
    public var bytes: Int64
    /// Files, directories, links and everything else.
    public var entries: Int

    /// By default 32 GiB and two million entries: some ten times the largest images in common use.
    public init(bytes: Int64 = 32 << 30, entries: Int = 2_000_000) {
        self.bytes = bytes
        self.entries = entries
    }
}
