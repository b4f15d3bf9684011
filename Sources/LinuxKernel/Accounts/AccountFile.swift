/// The lines of an image's `/etc/passwd` or `/etc/group`, split as the C library does it; see passwd(5), group(5).
///
/// Blank lines, comments and lines whose numbers are none are passed over, as fgetpwent(3) does. An image is not
/// trusted: ``sizeLimit`` and ``lineLimit`` bound what is looked at.
struct AccountFile: Sendable {
    /// Bytes of a file.
    static let sizeLimit = 4 << 20
    /// Bytes of a line.
    static let lineLimit = 1 << 16

    private let contents: [UInt8]

    /// Checks the bounds.
    ///
    /// - Parameter name: For the error.
    init(_ contents: [UInt8], name: String) throws(AccountError) {
        guard contents.count <= Self.sizeLimit else { throw AccountError.fileTooLong(name, limit: Self.sizeLimit) }
        var number = 1
        var length = 0
        for byte in contents {
            length = byte == UInt8(ascii: "\n") ? 0 : length + 1
            if length == 0 { number += 1 }
            if length > Self.lineLimit {
                throw AccountError.lineTooLong(name, line: number, limit: Self.lineLimit)
            }
        }
        self.contents = contents
    }

    /// The fields of each line that is neither blank nor a comment.
    var records: some Sequence<[ArraySlice<UInt8>]> {
        contents.lazy.split(separator: UInt8(ascii: "\n")).lazy.compactMap { line in
            let text = line.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
            guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
            return text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        }
    }
}

/// A line of `/etc/passwd`.
struct UserRecord {
    let name: ArraySlice<UInt8>
    let user: UInt32
    let group: UInt32
    let home: ArraySlice<UInt8>

    /// Reads `NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL`; `nil` where a number is none.
    ///
    /// As in the C library, fields that are missing at the end are empty.
    init?(_ fields: [ArraySlice<UInt8>]) {
        guard fields.count >= 4, !fields[0].isEmpty, let user = identifier(fields[2]),
            let group = identifier(fields[3])
        else { return nil }
        name = fields[0]
        self.user = user
        self.group = group
        home = fields.count > 5 ? fields[5] : []
    }
}

/// A line of `/etc/group`.
struct GroupRecord {
    let name: ArraySlice<UInt8>
    let group: UInt32
    private let members: ArraySlice<UInt8>

    /// Reads `NAME:PASSWORD:GID:MEMBER,…`; `nil` where the number is none.
    init?(_ fields: [ArraySlice<UInt8>]) {
        guard fields.count >= 3, !fields[0].isEmpty, let group = identifier(fields[2]) else { return nil }
        name = fields[0]
        self.group = group
        members = fields.count > 3 ? fields[3] : []
    }

    func contains(member: some Sequence<UInt8>) -> Bool {
        members.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(member) }
    }
}

/// Reads a decimal number of the kernel's 32 bits; `nil` for anything else.
func identifier(_ text: some Collection<UInt8>) -> UInt32? {
    guard !text.isEmpty else { return nil }
    var value: UInt32 = 0
    for byte in text {
        guard (0x30...0x39).contains(byte) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt32(byte - 0x30))
        guard !overflow, !carry else { return nil }
        value = sum
    }
    return value
}
