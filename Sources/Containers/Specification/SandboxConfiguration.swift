import Addresses

/// What the launcher needs to know before the first container.
public struct SandboxConfiguration: Hashable, Sendable {
    /// The sandbox's identifier: names its control groups.
    public var identifier: String
    /// An existing directory on which the launcher mounts a file system in memory, seen in its mount namespace only.
    ///
    /// The same for all sandboxes: to remove a directory that has just been a mount point costs the kernel as much as
    /// to start a process.
    public var scratch: String
    /// Where writable layers and ephemeral volumes live instead of in memory: an existing directory on disk.
    public var diskScratch: String?
    /// The networks that containers may be on, at most 255.
    public var networks: [BridgeSpecification]
    /// A directory that keeps compiled system-call filters.
    public var filterCache: String
    /// Who reaches what listens on the host's loopback interface.
    public var hostAccess: HostAccess

    /// Takes each property; see there.
    public init(
        identifier: String, scratch: String, diskScratch: String? = nil, networks: [BridgeSpecification],
        filterCache: String, hostAccess: HostAccess = HostAccess()
    ) {
        self.identifier = identifier
        self.scratch = scratch
        self.diskScratch = diskScratch
        self.networks = networks
        self.filterCache = filterCache
        self.hostAccess = hostAccess
    }
}

/// Who of a sandbox may reach services on the host's loopback interface, at ``EgressLink/host``.
public struct HostAccess: Hashable, Sendable {
    /// The containers that may, by their addresses.
    public var addresses: [IPv4Address]
    /// Processes on the host's file system may; they are in the sandbox's own network namespace.
    public var includesHostProcesses: Bool

    /// Takes each property; see there.
    public init(addresses: [IPv4Address] = [], includesHostProcesses: Bool = false) {
        self.addresses = addresses
        self.includesHostProcesses = includesHostProcesses
    }

    var isEmpty: Bool { addresses.isEmpty && !includesHostProcesses }
}

extension HostAccess: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(addresses)
        writer.write(includesHostProcesses)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(addresses: try reader.read(), includesHostProcesses: try reader.read())
    }
}

extension SandboxConfiguration: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(identifier)
        writer.write(scratch)
        writer.write(diskScratch)
        writer.write(networks)
        writer.write(filterCache)
        writer.write(hostAccess)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            identifier: try reader.read(), scratch: try reader.read(), diskScratch: try reader.read(),
            networks: try reader.read(), filterCache: try reader.read(), hostAccess: try reader.read())
    }
}
