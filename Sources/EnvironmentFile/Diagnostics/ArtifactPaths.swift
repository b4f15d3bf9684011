/// Names of files as the URI references (RFC 3986) that a SARIF log has.
struct ArtifactPaths: Sendable {
    /// The name of the base that relative references start from.
    static let baseName = "%SRCROOT%"

    /// Absolute; what shown paths start from.
    let directory: String
    /// Absolute; the tree that is scanned.
    let base: String

    /// The base as an absolute URI with a slash at its end.
    var baseURI: String { "file://" + Self.encoded(base == "/" ? "/" : base + "/") }

    /// Where a file is, by its shown name.
    func location(of file: String) -> SARIFLog.ArtifactLocation {
        let path = Path.absolute(file, base: directory)
        let prefix = base == "/" ? "/" : base + "/"
        guard file != "-", path.hasPrefix(prefix) else {
            // Standard input has no place in the tree; its name stays what it was asked by.
            return file == "-"
                ? SARIFLog.ArtifactLocation(uri: file) : SARIFLog.ArtifactLocation(uri: "file://" + Self.encoded(path))
        }
        return SARIFLog.ArtifactLocation(
            uri: Self.encoded(String(path.dropFirst(prefix.count))), uriBaseId: Self.baseName)
    }

    /// Percent-encodes all but unreserved characters and slashes.
    private static func encoded(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }
}
