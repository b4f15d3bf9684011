/// What a text may not exceed.
///
/// Each excess is an error at the place where it begins.
public struct Limits: Hashable, Sendable {
    /// Bytes of the whole text.
    public var bytes = 16 << 20
    /// Collections inside of each other.
    public var depth = 256
    /// Bytes of one scalar.
    public var scalarBytes = 1 << 20
    /// Nodes of one document, counting what an alias stands for each time it is used, and long scalars
    /// once more for every 64 bytes.
    public var nodes = 1_000_000
    /// How often larger than written a document may become through aliases, beyond the first ``freeExpansion`` nodes.
    public var expansionRatio = 100
    /// Nodes that aliases may always stand for, however small the text is.
    public var freeExpansion = 10_000

    /// The bounds used for environment files: 16 MiB, 256 levels, scalars of 1 MiB, 1,000,000 nodes.
    public static let standard = Limits()

    /// Starts from the standard bounds.
    public init() {}
}
