/// The 512 bytes in front of each entry, in the formats v7, ustar (POSIX.1-1988) and GNU.
struct TarHeader {
    static let size = 512

    private let bytes: [UInt8]

    /// Takes a block.
    ///
    /// - Throws: ``ArchiveError`` where the checksum does not hold.
    init(_ bytes: [UInt8]) throws(ArchiveError) {
        self.bytes = bytes
        // The checksum counts its own field as spaces. Some old programs summed signed bytes.
        var unsigned = 0
        var signed = 0
        for (index, byte) in bytes.enumerated() {
            let value = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int(value)
            signed += Int(Int8(bitPattern: value))
        }
        let stored = try number(148, 8)
        guard stored == Int64(unsigned) || stored == Int64(signed) else {
            throw ArchiveError(.headerInvalid("the checksum does not hold"))
        }
    }

    /// POSIX.1-1988 and later, pax included, which may split the name.
    private var isUstar: Bool { bytes[257..<263].elementsEqual(Array("ustar\0".utf8)) }
    private var isGNU: Bool { bytes[257..<265].elementsEqual(Array("ustar  \0".utf8)) }

    var typeFlag: UInt8 { bytes[156] }

    var name: [UInt8] {
        let name = text(0, 100)
        guard isUstar else { return name }
        let prefix = text(345, 155)
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    var linkTarget: [UInt8] { text(157, 100) }

    func storedSize() throws(ArchiveError) -> Int64 {
        let size = try number(124, 12)
        guard size >= 0 else { throw ArchiveError(.headerInvalid("the size is negative"), entryNamed: name) }
        return size
    }

    /// Everything that the header itself says.
    func entry(kind: TarEntry.Kind) throws(ArchiveError) -> TarEntry {
        var entry = TarEntry(kind: kind, name: name, linkTarget: linkTarget)
        entry.mode = UInt32(truncatingIfNeeded: try number(100, 8)) & 0o7777
        entry.user = try identifier(108)
        entry.group = try identifier(116)
        entry.storedSize = try storedSize()
        entry.size = entry.storedSize
        entry.modified = TarEntry.Timestamp(seconds: try number(136, 12), nanoseconds: 0)
        if kind == .characterDevice || kind == .blockDevice {
            entry.deviceMajor = try deviceNumber(329)
            entry.deviceMinor = try deviceNumber(337)
        }
        return entry
    }

    /// The map of GNU's old sparse format (type `S`): four regions here, 21 in each block that follows.
    func oldSparseMap() throws(ArchiveError) -> (regions: [SparseRegion], size: Int64, continues: Bool) {
        guard isGNU else { throw ArchiveError(.headerInvalid("a sparse file without GNU's magic"), entryNamed: name) }
        return (try Self.regions(bytes, from: 386, count: 4), try number(483, 12), bytes[482] != 0)
    }

    /// The regions of a block that continues a map.
    static func sparseContinuation(_ block: [UInt8]) throws(ArchiveError) -> (regions: [SparseRegion], continues: Bool)
    {
        (try regions(block, from: 0, count: 21), block[504] != 0)
    }

    private static func regions(_ block: [UInt8], from start: Int, count: Int) throws(ArchiveError) -> [SparseRegion] {
        var regions: [SparseRegion] = []
        for index in 0..<count {
            let offset = start + index * 24
            guard block[offset] != 0 else { break }
            regions.append(
                SparseRegion(
                    offset: try parseNumber(block[offset..<offset + 12]),
                    length: try parseNumber(block[offset + 12..<offset + 24])))
        }
        return regions
    }

    private func identifier(_ offset: Int) throws(ArchiveError) -> UInt32 {
        // -1 means 'leave it' to chown(2).
        guard let value = UInt32(exactly: try number(offset, 8)), value != UInt32.max else {
            throw ArchiveError(.headerInvalid("an owner out of range"), entryNamed: name)
        }
        return value
    }

    private func deviceNumber(_ offset: Int) throws(ArchiveError) -> UInt32 {
        guard let value = UInt32(exactly: try number(offset, 8)), value < 1 << 20 else {
            throw ArchiveError(.headerInvalid("a device number out of range"), entryNamed: name)
        }
        return value
    }

    private func text(_ offset: Int, _ length: Int) -> [UInt8] {
        Array(bytes[offset..<offset + length].prefix { $0 != 0 })
    }

    private func number(_ offset: Int, _ length: Int) throws(ArchiveError) -> Int64 {
        try Self.parseNumber(bytes[offset..<offset + length])
    }

    /// Octal digits between spaces and nulls, or GNU's base 256: the top bit set, two's complement, big endian.
    static func parseNumber(_ field: ArraySlice<UInt8>) throws(ArchiveError) -> Int64 {
        guard let first = field.first else { return 0 }
        if first & 0x80 != 0 {
            var value: Int64 = first & 0x40 != 0 ? -1 : 0
            for (index, byte) in field.enumerated() {
                let digit = index == 0 ? (first & 0x40 != 0 ? byte : byte & 0x3f) : byte
                let (product, overflow) = value.multipliedReportingOverflow(by: 256)
                if overflow { throw ArchiveError(.headerInvalid("a number out of range")) }
                value = product | Int64(digit)
            }
            return value
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") || $0 == 0 }.prefix { $0 != UInt8(ascii: " ") && $0 != 0 }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
                throw ArchiveError(.headerInvalid("a number that is not octal"))
            }
            // Twelve octal digits have 36 bits.
            value = value << 3 | Int64(digit & 7)
        }
        return value
    }
}
