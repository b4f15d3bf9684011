extension TarHeader {
    /// Bytes that a name or a link's target may have in the header itself.
    static let nameSize = 100

    /// The header of an entry, as ustar has it; numbers that do not fit are in GNU's base 256, names are cut.
    static func block(_ entry: TarEntry, typeFlag: UInt8) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: size)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
        }
        put(entry.name.prefix(nameSize), at: 0)
        put(number(Int64(entry.mode), 8), at: 100)
        put(number(Int64(entry.user), 8), at: 108)
        put(number(Int64(entry.group), 8), at: 116)
        put(number(entry.size, 12), at: 124)
        put(number(max(entry.modified.seconds, 0), 12), at: 136)
        put("        ".utf8, at: 148)
        header[156] = typeFlag
        put(entry.linkTarget.prefix(nameSize), at: 157)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        if entry.kind == .characterDevice || entry.kind == .blockDevice {
            put(number(Int64(entry.deviceMajor), 8), at: 329)
            put(number(Int64(entry.deviceMinor), 8), at: 337)
        }
        let checksum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        put((String(repeating: "0", count: 6 - checksum.count) + checksum + "\0 ").utf8, at: 148)
        return header
    }

    /// Octal digits and a null byte; what has more digits, in base 256.
    private static func number(_ value: Int64, _ length: Int) -> [UInt8] {
        let digits = String(value, radix: 8)
        guard digits.utf8.count < length else {
            let bytes = (0..<min(length - 1, 8)).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return [0x80] + [UInt8](repeating: 0, count: length - 1 - bytes.count) + bytes
        }
        return Array((String(repeating: "0", count: length - 1 - digits.utf8.count) + digits + "\0").utf8)
    }
}

extension TarEntry.Kind {
    /// As POSIX numbers them.
    var typeFlag: UInt8 {
        switch self {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }
}

extension PaxRecords {
    /// The records that an entry needs beside its header; empty where everything fits into that.
    static func text(for entry: TarEntry) -> [UInt8] {
        var result: [UInt8] = []
        if entry.name.count > TarHeader.nameSize { result += record("path", entry.name) }
        if entry.linkTarget.count > TarHeader.nameSize { result += record("linkpath", entry.linkTarget) }
        return result
    }

    /// The length that a record begins with counts itself.
    private static func record(_ keyword: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(keyword)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
        return Array("\(length)".utf8) + rest
    }
}
