/// Writes archives entry by entry, so that a test can say every byte: also what no tar program would write.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    /// One entry; defaults are those of a plain file.
    struct Entry {
        var name: [UInt8]
        var type: Character = "0"
        var content: [UInt8] = []
        var linkTarget: [UInt8] = []
        var mode: UInt32 = 0o644
        var user: UInt32 = 0
        var group: UInt32 = 0
        var modified: Int64 = 1_000_000_000
        var major: UInt32 = 0
        var minor: UInt32 = 0
        /// What the header claims; `nil`: the content's.
        var size: Int64?
        var magic: [UInt8] = Array("ustar\u{0}00".utf8)
        var prefix: [UInt8] = []

        init(
            _ name: String, type: Character = "0", _ content: String = "", to target: String = "", mode: UInt32 = 0o644
        ) {
            self.name = Array(name.utf8)
            self.type = type
            self.content = Array(content.utf8)
            linkTarget = Array(target.utf8)
            self.mode = mode
        }
    }

    mutating func add(_ entry: Entry) {
        bytes += Self.header(entry)
        addContent(entry.content)
    }

    mutating func addContent(_ content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    mutating func file(_ name: String, _ content: String = "", mode: UInt32 = 0o644) {
        add(Entry(name, content, mode: mode))
    }

    mutating func directory(_ name: String, mode: UInt32 = 0o755) { add(Entry(name, type: "5", mode: mode)) }
    mutating func symbolicLink(_ name: String, to target: String) { add(Entry(name, type: "2", to: target)) }
    mutating func hardLink(_ name: String, to target: String) { add(Entry(name, type: "1", to: target)) }

    /// A pax extended header for the next entry (`x`) or all that follow (`g`).
    mutating func pax(_ records: [(String, [UInt8])], type: Character = "x") {
        var content: [UInt8] = []
        for (keyword, value) in records {
            let tail = Array(" \(keyword)=".utf8) + value + [UInt8(ascii: "\n")]
            var length = tail.count + 1
            while "\(length)".count + tail.count != length { length = "\(length)".count + tail.count }
            content += Array("\(length)".utf8) + tail
        }
        var entry = Entry("PaxHeaders/x", type: type)
        entry.content = content
        add(entry)
    }

    mutating func pax(_ keyword: String, _ value: String) { pax([(keyword, Array(value.utf8))]) }

    /// Two blocks of zeros.
    mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }

    static func header(_ entry: Entry) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ value: [UInt8], _ offset: Int, _ length: Int) {
            for (index, byte) in value.prefix(length).enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int64, _ width: Int) -> [UInt8] {
            let digits = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
        }
        put(entry.name, 0, 100)
        put(octal(Int64(entry.mode), 7), 100, 8)
        put(octal(Int64(entry.user), 7), 108, 8)
        put(octal(Int64(entry.group), 7), 116, 8)
        put(octal(entry.size ?? Int64(entry.content.count), 11), 124, 12)
        put(octal(entry.modified, 11), 136, 12)
        header[156] = entry.type.asciiValue ?? 0
        put(entry.linkTarget, 157, 100)
        put(entry.magic, 257, 8)
        put(octal(Int64(entry.major), 7), 329, 8)
        put(octal(Int64(entry.minor), 7), 337, 8)
        put(entry.prefix, 345, 155)
        return checksummed(header)
    }

    static func checksummed(_ header: [UInt8]) -> [UInt8] {
        var header = header
        for index in 148..<156 { header[index] = UInt8(ascii: " ") }
        let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        let field = Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8) + [0, UInt8(ascii: " ")]
        for (index, byte) in field.enumerated() { header[148 + index] = byte }
        return header
    }

    /// An archive with its end marker.
    static func archive(_ build: (inout TarBuilder) -> Void) -> [UInt8] {
        var builder = TarBuilder()
        build(&builder)
        builder.end()
        return builder.bytes
    }
}
