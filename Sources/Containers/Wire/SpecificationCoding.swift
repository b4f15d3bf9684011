extension WireWriter {
    /// Bytes as a block, which an array of single bytes would not be.
    mutating func write(bytes block: [UInt8]) {
        write(UInt32(block.count))
        bytes.append(contentsOf: block)
    }
}

extension WireReader {
    mutating func readBytes() throws(WireError) -> [UInt8] {
        let count = try read(UInt32.self)
        return Array(try take(Int(count)))
    }
}

extension ContainerSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(
            name, hostname, layers, process, network, mounts, files, hosts, resolverConfiguration, hasInit,
            isReadOnly, isPrivileged, shmSize, memoryLimit, pidsLimit, isolation, resources)
    }

    init(from reader: inout WireReader) throws(WireError) {
        // Argument order is the order on the wire: Swift evaluates from left to right.
        self.init(
            name: try reader.read(), hostname: try reader.read(), layers: try reader.read(),
            process: try reader.read(), network: try reader.read(), mounts: try reader.read(),
            files: try reader.read(), hosts: try reader.read(), resolverConfiguration: try reader.read(),
            hasInit: try reader.read(), isReadOnly: try reader.read(), isPrivileged: try reader.read(),
            shmSize: try reader.read(), memoryLimit: try reader.read(), pidsLimit: try reader.read())
        isolation = try reader.read()
        resources = try reader.read()
    }
}

extension ProcessSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(
            arguments, environment, user, workingDirectory, capabilities, noNewPrivileges, isFiltered, limits,
            groups, oomScoreAdjustment)
        writer.write(bytes: filterProgram)
        writer.write(hasTerminal)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            arguments: try reader.read(), environment: try reader.read(), user: try reader.read(),
            workingDirectory: try reader.read(), capabilities: try reader.read(), noNewPrivileges: try reader.read(),
            isFiltered: try reader.read(), limits: try reader.read())
        groups = try reader.read()
        oomScoreAdjustment = try reader.read()
        filterProgram = try reader.readBytes()
        hasTerminal = try reader.read()
    }
}

extension LimitSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(name, soft, hard)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(name: try reader.read(), soft: try reader.read(), hard: try reader.read())
    }
}

extension MountSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(source, target, isReadOnly, fillsFromImage, subpath, tmpfs)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            source: try reader.read(), target: try reader.read(), isReadOnly: try reader.read(),
            fillsFromImage: try reader.read(), subpath: try reader.read())
        tmpfs = try reader.read()
    }
}

extension MountSpecification.Source: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .ephemeralVolume(let name):
            writer.write(0 as UInt8, name)
        case .volume(let path):
            writer.write(1 as UInt8, path)
        case .bind(let path, let creates):
            writer.write(2 as UInt8, path, creates)
        case .tmpfs(let size, let mode):
            writer.write(3 as UInt8, size, mode)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .ephemeralVolume(try reader.read())
        case 1: self = .volume(path: try reader.read())
        case 2: self = .bind(path: try reader.read(), creates: try reader.read())
        case 3: self = .tmpfs(size: try reader.read(), mode: try reader.read())
        default: throw WireError()
        }
    }
}

extension FileSpecification: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(bytes: content)
        writer.write(target, uid, gid, mode)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            content: try reader.readBytes(), target: try reader.read(), uid: try reader.read(),
            gid: try reader.read(), mode: try reader.read())
    }
}
