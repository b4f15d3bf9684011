/// The records of a pax extended header: `LENGTH KEYWORD=VALUE\n` (POSIX.1-2001, pax(1)).
struct PaxRecords {
    /// The most bytes of an extended header: 1 MiB, four times what Linux lets the attributes of a file have in all.
    static let sizeLimit: Int64 = 1 << 20

    private(set) var values: [String: [UInt8]] = [:]
    /// `GNU.sparse.offset` and `GNU.sparse.numbytes` in their order: format 0.0 repeats them.
    private(set) var sparseNumbers: [[UInt8]] = []

    init() {}

    /// Adds records; a later one of the same keyword wins, an empty value takes the keyword back.
    ///
    /// - Throws: ``ArchiveError`` where a record's length is wrong.
    mutating func parse(_ bytes: [UInt8]) throws(ArchiveError) {
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            guard let space = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { throw ArchiveError(.headerInvalid("an extended header's record has a wrong length")) }
            let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw ArchiveError(.headerInvalid("an extended header's record has no '='"))
            }
            add(String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...]))
            rest = rest[(rest.startIndex + length)...]
        }
    }

    private mutating func add(_ keyword: String, _ value: [UInt8]) {
        if keyword == "GNU.sparse.offset" || keyword == "GNU.sparse.numbytes" { sparseNumbers.append(value) }
        values[keyword] = value.isEmpty ? nil : value
    }

    /// Puts what the records say over what the entry's header said.
    func apply(to entry: inout TarEntry) throws(ArchiveError) {
        if let path = values["GNU.sparse.name"] ?? values["path"] { entry.name = path }
        if let target = values["linkpath"] { entry.linkTarget = target }
        if let user = try number("uid") { entry.user = try identifier(user) }
        if let group = try number("gid") { entry.group = try identifier(group) }
        if let modified = values["mtime"] { entry.modified = try Self.timestamp(modified) }
        for (keyword, value) in values.sorted(by: { $0.key < $1.key }) {
            for prefix in ["SCHILY.xattr.", "LIBARCHIVE.xattr."] where keyword.hasPrefix(prefix) {
                // libarchive writes both; its own has the value in base 64.
                guard prefix == "SCHILY.xattr." else { continue }
                entry.extendedAttributes.append((String(keyword.dropFirst(prefix.count)), value))
            }
        }
    }

    /// The decimal value of a keyword that is a number of bytes, an owner or the like.
    func number(_ keyword: String) throws(ArchiveError) -> Int64? {
        guard let value = values[keyword] else { return nil }
        guard let number = Int64(String(decoding: value, as: UTF8.self)), number >= 0 else {
            throw ArchiveError(.headerInvalid("the extended header's '\(keyword)' is not a number"))
        }
        return number
    }

    private func identifier(_ value: Int64) throws(ArchiveError) -> UInt32 {
        guard let identifier = UInt32(exactly: value), identifier != UInt32.max else {
            throw ArchiveError(.headerInvalid("an owner out of range"))
        }
        return identifier
    }

    /// Decimal seconds with an optional sign and fraction; digits after the ninth are dropped.
    static func timestamp(_ text: [UInt8]) throws(ArchiveError) -> TarEntry.Timestamp {
        let parts = String(decoding: text, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard (1...2).contains(parts.count), let seconds = Int64(parts[0]),
            fraction.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let nanoseconds = Int((fraction + "000000000").prefix(9))
        else { throw ArchiveError(.headerInvalid("a time that is not a number")) }
        let isNegative = parts[0].hasPrefix("-")
        guard isNegative, nanoseconds > 0 else { return TarEntry.Timestamp(seconds: seconds, nanoseconds: nanoseconds) }
        let (earlier, overflow) = seconds.subtractingReportingOverflow(1)
        if overflow { throw ArchiveError(.headerInvalid("a time out of range")) }
        return TarEntry.Timestamp(seconds: earlier, nanoseconds: 1_000_000_000 - nanoseconds)
    }
}
