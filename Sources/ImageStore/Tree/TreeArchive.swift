import CLinux
import Glibc
import LinuxKernel

/// Writes trees into a tar archive as it goes: ustar, with pax headers for what does not fit into it.
public final class TreeArchive: TreeSink {
    private static let chunk = 256 << 10

    private let descriptor: CInt
    private var path: [UInt8] = []
    /// What was left out, and how often.
    public private(set) var omissions: [String: Int] = [:]

    /// - Parameter descriptor: Where the archive goes; stays the caller's.
    public init(to descriptor: CInt) { self.descriptor = descriptor }

    /// Adds a tree under that name.
    public func add(_ source: TreeSource, as name: String) throws {
        try TreeWalk(to: self).copy(source, as: cString(Array(name.utf8)))
    }

    /// Adds what is in a directory.
    public func addContents(of source: TreeSource) throws { try TreeWalk(to: self).copyContents(of: source) }

    /// Ends the archive.
    public func finish() throws(SystemCallError) {
        try writeAll([UInt8](repeating: 0, count: 2 * TarHeader.size), to: descriptor)
    }

    /// Unpacks an archive into a directory that may have something in it; nothing outside of it is reached, whatever
    /// names and links the archive and the directory have.
    ///
    /// - Parameter source: A tar archive, plain or compressed with gzip or zstd; read from where it stands.
    /// - Returns: What was left out, and how often.
    /// - Throws: ``ArchiveError``; ``SystemCallError``.
    public static func unpack(
        _ source: CInt, into directory: consuming OwnedDescriptor, limits: UnpackLimits = UnpackLimits()
    ) throws -> [String: Int] {
        let stream = try LayerStream(
            DescriptorSource(source), accounting: .none, limits: limits, isCancelled: { false })
        var reader = TarReader(stream)
        let unpacker = LayerUnpacker(into: directory, limits: limits, purpose: .copy)
        try unpacker.unpack(&reader)
        return unpacker.omissions
    }

    // MARK: Kinds of files

    func file(_ name: [CChar], _ status: stat, content: CInt) throws {
        try put(entry(.file, name, status))
        var left = Int64(status.st_size)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 16)
        defer { buffer.deallocate() }
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            var count = try checked("read", text(name)) { read(content, buffer.baseAddress, wanted) }
            if count == 0 {
                // It has become shorter, and the header has promised its length.
                count = wanted
                UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
            }
            try FileContent.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: descriptor)
            left -= Int64(count)
        }
        let padding = (TarHeader.size - Int(status.st_size) % TarHeader.size) % TarHeader.size
        try writeAll([UInt8](repeating: 0, count: padding), to: descriptor)
    }

    func symbolicLink(_ name: [CChar], _ status: stat, target: [CChar]) throws {
        var entry = entry(.symbolicLink, name, status)
        entry.linkTarget = target.dropLast().map { UInt8(bitPattern: $0) }
        try put(entry)
    }

    func special(_ name: [CChar], _ status: stat) throws {
        var kind = TarEntry.Kind.fifo
        switch status.st_mode & S_IFMT {
        case S_IFCHR: kind = .characterDevice
        case S_IFBLK: kind = .blockDevice
        case S_IFIFO: break
        default: return omit("socket")
        }
        var entry = entry(kind, name, status)
        if kind != .fifo {
            entry.deviceMajor = DeviceNumber.major(status.st_rdev)
            entry.deviceMinor = DeviceNumber.minor(status.st_rdev)
        }
        try put(entry)
    }

    func enter(_ name: [CChar], _ status: stat) throws {
        var entry = entry(.directory, name, status)
        path = entry.name
        entry.name.append(UInt8(ascii: "/"))
        try put(entry)
    }

    func leave(_ status: stat) throws {
        path = path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[..<$0]) } ?? []
    }

    func omit(_ what: String) { omissions[what, default: 0] += 1 }

    private func entry(_ kind: TarEntry.Kind, _ name: [CChar], _ status: stat) -> TarEntry {
        var entry = TarEntry(kind: kind)
        entry.name = (path.isEmpty ? [] : path + [UInt8(ascii: "/")]) + name.dropLast().map { UInt8(bitPattern: $0) }
        entry.mode = status.st_mode & 0o7777
        entry.user = status.st_uid
        entry.group = status.st_gid
        entry.size = kind == .file ? Int64(status.st_size) : 0
        entry.storedSize = entry.size
        entry.modified = TarEntry.Timestamp(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: 0)
        return entry
    }

    private func put(_ entry: TarEntry) throws(SystemCallError) {
        let records = PaxRecords.text(for: entry)
        if !records.isEmpty {
            var header = TarEntry(kind: .file, name: Array("PaxHeaders/entry".utf8))
            header.mode = 0o644
            header.size = Int64(records.count)
            try writeAll(TarHeader.block(header, typeFlag: UInt8(ascii: "x")), to: descriptor)
            let padding = (TarHeader.size - records.count % TarHeader.size) % TarHeader.size
            try writeAll(records + [UInt8](repeating: 0, count: padding), to: descriptor)
        }
        try writeAll(TarHeader.block(entry, typeFlag: entry.kind.typeFlag), to: descriptor)
    }
}
