extension IsolationSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(
            processes, ipc, lacksSharedMemory, sharedMemory, usesHostName, kernelParameters, hasUnmaskedPaths,
            devices, deviceRules)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        processes = try reader.read()
        ipc = try reader.read()
        lacksSharedMemory = try reader.read()
        sharedMemory = try reader.read()
        usesHostName = try reader.read()
        kernelParameters = try reader.read()
        hasUnmaskedPaths = try reader.read()
        devices = try reader.read()
        deviceRules = try reader.read()
    }
}

extension IsolationSpecification.Namespace: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .own: writer.write(0 as UInt8)
        case .sandbox: writer.write(1 as UInt8)
        case .container(let name):
            writer.write(2 as UInt8, name)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .own
        case 1: self = .sandbox
        case 2: self = .container(try reader.read())
        default: throw WireError()
        }
    }
}

extension DeviceSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(path, source, isBlock, major, minor, mode, user, group)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            path: try reader.read(), source: try reader.read(), isBlock: try reader.read(), major: try reader.read(),
            minor: try reader.read(), mode: try reader.read(), user: try reader.read(), group: try reader.read())
    }
}

extension TmpfsSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(user, group, inodes, isExecutable, allowsSetUserID, allowsDevices)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        user = try reader.read()
        group = try reader.read()
        inodes = try reader.read()
        isExecutable = try reader.read()
        allowsSetUserID = try reader.read()
        allowsDevices = try reader.read()
    }
}

extension ResourceSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(
            memoryAndSwap, swappiness, memoryReservation, disablesOutOfMemoryKill, processorQuota, processorPeriod,
            processorShares, processorSet, diskWeight, disks)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init()
        memoryAndSwap = try reader.read()
        swappiness = try reader.read()
        memoryReservation = try reader.read()
        disablesOutOfMemoryKill = try reader.read()
        processorQuota = try reader.read()
        processorPeriod = try reader.read()
        processorShares = try reader.read()
        processorSet = try reader.read()
        diskWeight = try reader.read()
        disks = try reader.read()
    }
}

extension ResourceSpecification.Disk: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(kind.rawValue, major, minor, value)
    }

    init(from reader: inout WireReader) throws(WireError) {
        guard let kind = Kind(rawValue: try reader.read()) else { throw WireError() }
        self.init(kind, major: try reader.read(), minor: try reader.read(), value: try reader.read())
    }
}
