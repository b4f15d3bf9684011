/// Reads the entries of a tar archive: v7, ustar, pax (with GNU's sparse formats 0.0, 0.1 and 1.0) and GNU.
///
/// Names stay bytes: nothing here knows a locale, and a name that is no UTF-8 is as good as any other.
struct TarReader {
    private let stream: LayerStream
    private var globalRecords = PaxRecords()
    /// Bytes of the current entry's content that nobody has read.
    private var left: Int64 = 0
    private var padding: Int64 = 0
    private var hasEntries = false

    /// The longest name or link target: 4,096 bytes, the kernel's `PATH_MAX`.
    static let nameLimit: Int64 = 4096

    /// Begins at the start of an archive.
    init(_ stream: LayerStream) { self.stream = stream }

    /// Steps over what is left of the entry before, and reads the next one's headers; `nil` at the archive's end.
    mutating func next() throws -> TarEntry? {
        try skip(left + padding)
        (left, padding) = (0, 0)
        var records = globalRecords
        var longName: [UInt8]?
        var longTarget: [UInt8]?
        var isExtended = false
        while true {
            guard let header = try nextHeader() else {
                if isExtended { throw ArchiveError(.truncated) }
                return nil
            }
            switch header.typeFlag {
            case UInt8(ascii: "x"): try records.parse(try readExtension(header, limit: PaxRecords.sizeLimit))
            case UInt8(ascii: "g"):
                try globalRecords.parse(try readExtension(header, limit: PaxRecords.sizeLimit))
                records = globalRecords
                continue
            case UInt8(ascii: "L"): longName = try readExtension(header, limit: Self.nameLimit)
            case UInt8(ascii: "K"): longTarget = try readExtension(header, limit: Self.nameLimit)
            default:
                return try entry(header, records: records, longName: longName, longTarget: longTarget)
            }
            isExtended = true
        }
    }

    /// Calls `body` with the current entry's content, in pieces.
    mutating func readContent(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        while left > 0 {
            guard try stream.fill() else { throw ArchiveError(.truncated) }
            let piece = UnsafeRawBufferPointer(rebasing: stream.chunk.prefix(Int(min(left, Int64(stream.chunk.count)))))
            try body(piece)
            stream.take(piece.count)
            left -= Int64(piece.count)
        }
    }

    private mutating func entry(
        _ header: TarHeader, records: PaxRecords, longName: [UInt8]?, longTarget: [UInt8]?
    ) throws -> TarEntry {
        var entry = try header.entry(kind: try Self.kind(of: header))
        if let longName { entry.name = longName }
        if let longTarget { entry.linkTarget = longTarget }
        if let size = try records.number("size") { (entry.storedSize, entry.size) = (size, size) }
        try records.apply(to: &entry)
        // v7 and many later programs mark a directory only by the slash.
        if entry.kind == .file, entry.storedSize == 0, entry.name.last == UInt8(ascii: "/") { entry.kind = .directory }
        switch entry.kind {
        case .file: left = entry.storedSize
        case .hardLink: left = records.values["size"] == nil ? 0 : entry.storedSize
        // POSIX: a size in the header of these tells nothing about what follows.
        default: left = 0
        }
        padding = (512 - left % 512) % 512
        if header.typeFlag == UInt8(ascii: "S") {
            try readOldSparseMap(header, of: &entry)
        } else if entry.kind == .file {
            try readPaxSparseMap(records, of: &entry)
        }
        return entry
    }

    private static func kind(of header: TarHeader) throws(ArchiveError) -> TarEntry.Kind {
        switch header.typeFlag {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symbolicLink
        case UInt8(ascii: "3"): return .characterDevice
        case UInt8(ascii: "4"): return .blockDevice
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        case let other: throw ArchiveError(.entryUnsupported(other), entryNamed: header.name)
        }
    }

    /// The next header; `nil` where the first of the closing zero blocks is, or the archive ends.
    private mutating func nextHeader() throws -> TarHeader? {
        guard let block = try readBlock() else {
            if !hasEntries { throw ArchiveError(.notTar) }
            return nil
        }
        if block.allSatisfy({ $0 == 0 }) { return nil }
        do {
            let header = try TarHeader(block)
            hasEntries = true
            return header
        } catch {
            throw hasEntries ? error : ArchiveError(.notTar)
        }
    }

    /// The content of an entry that extends the next one, null bytes at its end dropped.
    private mutating func readExtension(_ header: TarHeader, limit: Int64) throws -> [UInt8] {
        let size = try header.storedSize()
        guard size <= limit else {
            throw ArchiveError(.tooLarge("\(limit) bytes of extended header"), entryNamed: header.name)
        }
        var bytes = try readBytes(Int(size))
        try skip((512 - size % 512) % 512)
        while bytes.last == 0 { bytes.removeLast() }
        return bytes
    }

    private func readBlock() throws -> [UInt8]? {
        guard try stream.fill() else { return nil }
        return try readBytes(TarHeader.size)
    }

    private func readBytes(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            guard try stream.fill() else { throw ArchiveError(.truncated) }
            let piece = stream.chunk.prefix(count - bytes.count)
            bytes.append(contentsOf: piece)
            stream.take(piece.count)
        }
        return bytes
    }

    private func skip(_ count: Int64) throws {
        var rest = count
        while rest > 0 {
            guard try stream.fill() else { throw ArchiveError(.truncated) }
            let piece = Int(min(rest, Int64(stream.chunk.count)))
            stream.take(piece)
            rest -= Int64(piece)
        }
    }
}

// Sparse files: https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
extension TarReader {
    /// The most regions of a sparse file: a million, 16 MB of map.
    private static let regionLimit = 1 << 20

    private func readOldSparseMap(_ header: TarHeader, of entry: inout TarEntry) throws {
        var (regions, size, continues) = try header.oldSparseMap()
        while continues {
            guard let block = try readBlock() else { throw ArchiveError(.truncated, entryNamed: entry.name) }
            let more = try TarHeader.sparseContinuation(block)
            regions += more.regions
            continues = more.continues
            try checkCount(regions.count, of: entry)
        }
        try setSparseMap(regions, size: size, of: &entry)
    }

    private mutating func readPaxSparseMap(_ records: PaxRecords, of entry: inout TarEntry) throws {
        if records.values["GNU.sparse.major"] == Array("1".utf8) {
            guard let size = try records.number("GNU.sparse.realsize") else {
                throw ArchiveError(.headerInvalid("a sparse file without its size"), entryNamed: entry.name)
            }
            let numbers = try readSparseNumbers(of: entry)
            try setSparseMap(try pair(numbers, of: entry), size: size, of: &entry)
        } else if let size = try records.number("GNU.sparse.size") {
            let numbers =
                try records.values["GNU.sparse.map"].map { map in
                    try map.split(separator: UInt8(ascii: ",")).map { try decimal($0, of: entry) }
                } ?? records.sparseNumbers.map { try decimal($0[...], of: entry) }
            try setSparseMap(try pair(numbers, of: entry), size: size, of: &entry)
        }
    }

    /// Format 1.0: the content begins with decimal numbers, one a line: how many regions, then offset and length of
    /// each, padded to whole blocks.
    private mutating func readSparseNumbers(of entry: TarEntry) throws -> [Int64] {
        var numbers: [Int64] = []
        var count: Int?
        var line: [UInt8] = []
        while count.map({ numbers.count < 2 * $0 }) ?? true {
            guard left >= 512 else { throw ArchiveError(.truncated, entryNamed: entry.name) }
            left -= 512
            for byte in try readBytes(512) where count.map({ numbers.count < 2 * $0 }) ?? true {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    if line.count > 20 { _ = try decimal(line[...], of: entry) }
                    continue
                }
                let number = try decimal(line[...], of: entry)
                line = []
                if count == nil {
                    try checkCount(Int(min(number, Int64(Int32.max))), of: entry)
                    count = Int(number)
                } else {
                    numbers.append(number)
                }
            }
        }
        return numbers
    }

    private func setSparseMap(_ regions: [SparseRegion], size: Int64, of entry: inout TarEntry) throws {
        entry.storedSize = left
        entry.size = size
        try regions.validate(size: size, stored: left, entry: entry.name)
        entry.sparseMap = regions
    }

    private func pair(_ numbers: [Int64], of entry: TarEntry) throws -> [SparseRegion] {
        guard numbers.count % 2 == 0 else {
            throw ArchiveError(.headerInvalid("the map of the sparse file is odd"), entryNamed: entry.name)
        }
        try checkCount(numbers.count / 2, of: entry)
        return stride(from: 0, to: numbers.count, by: 2).map {
            SparseRegion(offset: numbers[$0], length: numbers[$0 + 1])
        }
    }

    private func decimal(_ text: ArraySlice<UInt8>, of entry: TarEntry) throws(ArchiveError) -> Int64 {
        guard let number = Int64(String(decoding: text, as: UTF8.self)), number >= 0 else {
            throw ArchiveError(
                .headerInvalid("the map of the sparse file is no list of numbers"), entryNamed: entry.name)
        }
        return number
    }

    private func checkCount(_ count: Int, of entry: TarEntry) throws(ArchiveError) {
        guard count <= Self.regionLimit else {
            throw ArchiveError(.tooLarge("\(Self.regionLimit) regions of a sparse file"), entryNamed: entry.name)
        }
    }
}
