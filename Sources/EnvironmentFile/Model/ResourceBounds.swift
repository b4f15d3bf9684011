/// Bounds on processor, memory and disks beyond the limits of memory and processes; `nil`: none.
public struct ResourceBounds: Hashable, Sendable {
    /// Processors' worth of time (`cpus`), above 0.
    public var processors: Double?
    /// The weight against others, 2...262144 (`cpu_shares`).
    public var processorShares: Int64?
    /// Microseconds of each period (`cpu_quota`).
    public var processorQuota: Int64?
    /// Microseconds, 1000...1000000 (`cpu_period`).
    public var processorPeriod: Int64?
    /// Which processors, `0-3,7` (`cpuset`).
    public var processorSet: String?
    /// Bytes of memory and swap together; -1: no limit (`memswap_limit`).
    public var memoryAndSwap: Int64?
    /// 0...100 (`mem_swappiness`).
    public var swappiness: Int64?
    /// Bytes that are reclaimed last (`mem_reservation`).
    public var memoryReservation: Int64?
    /// The kernel does not kill when memory is short (`oom_kill_disable`).
    public var disablesOutOfMemoryKill = false
    /// `blkio_config`.
    public var disks = DiskBounds()

    /// No bounds.
    public init() {}
}

/// `blkio_config:`.
public struct DiskBounds: Hashable, Sendable {
    /// A value for one disk.
    public struct Rate: Hashable, Sendable {
        /// A block device on the host.
        public var path: String
        /// Bytes or operations in a second, or a weight.
        public var value: Int64
        /// Where it is in the file.
        public var position: SourcePosition

        /// Puts the values together; nothing is checked.
        public init(path: String, value: Int64, position: SourcePosition) {
            self.path = path
            self.value = value
            self.position = position
        }
    }

    /// The weight against others, 10...1000.
    public var weight: Int64?
    /// Weights by device.
    public var weights: [Rate] = []
    /// Bytes in a second.
    public var readBytes: [Rate] = []
    /// Bytes in a second.
    public var writeBytes: [Rate] = []
    /// Operations in a second.
    public var readOperations: [Rate] = []
    /// Operations in a second.
    public var writeOperations: [Rate] = []

    /// No bounds.
    public init() {}
}
