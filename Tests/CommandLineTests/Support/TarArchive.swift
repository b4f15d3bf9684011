/// A tape archive written by hand, so that it can say what no honest program would write (pax(1), ustar).
struct TarArchive {
    /// The type flag of an entry.
    enum Kind: Character {
        case file = "0"
        case hardLink = "1"
        case symbolicLink = "2"
        case characterDevice = "3"
        case blockDevice = "4"
        case directory = "5"
        case fifo = "6"
    }

    private(set) var bytes: [UInt8] = []

    /// Adds an entry; `claimedSize` says another size than that of the content.
    mutating func add(
        _ name: String, _ kind: Kind = .file, link: String = "", content: String = "", mode: Int = 0o644,
        claimedSize: Int? = nil
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int, limit: Int) {
            for (index, byte) in text.utf8.prefix(limit).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(digits - text.count, 0)) + text
        }
        put(name, at: 0, limit: 100)
        put(octal(mode, digits: 7), at: 100, limit: 8)
        put(octal(0, digits: 7), at: 108, limit: 8)
        put(octal(0, digits: 7), at: 116, limit: 8)
        put(octal(claimedSize ?? content.utf8.count, digits: 11), at: 124, limit: 12)
        put(octal(0, digits: 11), at: 136, limit: 12)
        put(String(kind.rawValue), at: 156, limit: 1)
        put(link, at: 157, limit: 100)
        put("ustar\u{0}00", at: 257, limit: 8)
        put(octal(1, digits: 7), at: 329, limit: 8)
        put(octal(3, digits: 7), at: 337, limit: 8)
        // The sum is taken with its own field as blanks.
        put("        ", at: 148, limit: 8)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0}", at: 148, limit: 7)
        bytes += header + content.utf8
        bytes += [UInt8](repeating: 0, count: (512 - content.utf8.count % 512) % 512)
    }

    /// The archive with its end mark.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
