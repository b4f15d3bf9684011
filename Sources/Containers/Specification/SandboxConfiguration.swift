import Addresses

/// What the launcher needs to know before the first container.
public struct SandboxConfiguration: Hashable, Sendable {
    /// The sandbox's identifier: names its control groups.
    public var identifier: String
    /// An existing directory of the sandbox's own, on which the launcher mounts a file system in memory.
    public var scratch: String
    /// Where writable layers and ephemeral volumes live instead of in memory: an existing directory on disk.
    public var diskScratch: String?
    /// The bridge's address and the length of the network's prefix.
    public var gateway: IPv4Address
    /// Bits of the network's prefix, 0...32.
    public var prefixLength: Int
    /// A directory that keeps compiled system-call filters.
    public var filterCache: String

    /// Takes each property; see there.
    public init(
        identifier: String, scratch: String, diskScratch: String? = nil, gateway: IPv4Address, prefixLength: Int,
        filterCache: String
    ) {
        self.identifier = identifier
        self.scratch = scratch
        self.diskScratch = diskScratch
        self.gateway = gateway
        self.prefixLength = prefixLength
        self.filterCache = filterCache
    }
}

extension SandboxConfiguration: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(identifier)
        writer.write(scratch)
        writer.write(diskScratch)
        writer.write(gateway)
        writer.write(UInt8(truncatingIfNeeded: prefixLength))
        writer.write(filterCache)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            identifier: try reader.read(), scratch: try reader.read(), diskScratch: try reader.read(),
            gateway: try reader.read(), prefixLength: Int(try reader.read(UInt8.self)),
            filterCache: try reader.read())
    }
}
