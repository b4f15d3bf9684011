/// Bounds that control groups put on a container, beyond those of memory and processes; `nil`: none.
public struct ResourceSpecification: Hashable, Sendable {
    /// A bound at one disk.
    public struct Disk: Hashable, Sendable {
        /// What is bounded.
        public enum Kind: UInt8, Hashable, Sendable {
            case weight = 0
            case readBytes, writeBytes, readOperations, writeOperations
        }

        /// What is bounded.
        public var kind: Kind
        /// The disk's numbers.
        public var major: UInt32
        /// The disk's numbers.
        public var minor: UInt32
        /// A weight, or bytes or operations in a second.
        public var value: Int64

        /// Takes each property; see there.
        public init(_ kind: Kind, major: UInt32, minor: UInt32, value: Int64) {
            self.kind = kind
            self.major = major
            self.minor = minor
            self.value = value
        }
    }

    /// Bytes of memory and swap together; -1: no limit.
    public var memoryAndSwap: Int64?
    /// 0...100.
    public var swappiness: Int64?
    /// Bytes.
    public var memoryReservation: Int64?
    /// Processes wait for memory instead of being killed.
    public var disablesOutOfMemoryKill = false
    /// Microseconds in each period; -1: no limit.
    public var processorQuota: Int64?
    /// Microseconds.
    public var processorPeriod: Int64?
    /// 2...262144, of which 1024 is usual.
    public var processorShares: Int64?
    /// `0-3,7`.
    public var processorSet: String?
    /// 10...1000.
    public var diskWeight: Int64?
    /// By disk.
    public var disks: [Disk] = []

    /// No bounds.
    public init() {}
}
