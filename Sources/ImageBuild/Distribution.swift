import LinuxKernel

/// A distribution's release, such as `debian:bookworm`.
public struct Distribution: Hashable, Sendable, CustomStringConvertible {
    /// `debian`, as `ID` of os-release(5).
    public let id: String
    /// The suite: `bookworm`, as `VERSION_CODENAME` of os-release(5).
    public let suite: String

    /// Names a release.
    public init(id: String, suite: String) {
        self.id = id
        self.suite = suite
    }

    /// Takes `ID:SUITE`, `ID` (the host's suite) or `nil` (the host's distribution).
    ///
    /// - Throws: ``ImageBuildError`` of kind `distributionInvalid` where it is another one than the host's: its mirrors
    ///   are not known; or where a part has other characters than lower-case letters, digits, `-` and `.`.
    public init(_ text: String?, host: Distribution) throws(ImageBuildError) {
        guard let text else {
            self = host
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy(Self.isName) else {
            throw ImageBuildError(.distributionInvalid(text, reason: "it is not of the form ID:SUITE"))
        }
        guard parts[0] == host.id else {
            throw ImageBuildError(
                .distributionInvalid(text, reason: "this host's package sources are for '\(host.id)'"))
        }
        self.init(id: host.id, suite: parts.count == 2 ? String(parts[1]) : host.suite)
    }

    /// What this host runs, by /etc/os-release.
    public static func host() throws(ImageBuildError) -> Self {
        try building { try Self(osRelease: String(decoding: try readRegularFile("/etc/os-release"), as: UTF8.self)) }
    }

    /// Reads `ID` and `VERSION_CODENAME` of os-release(5).
    init(osRelease: String) throws(ImageBuildError) {
        var values: [Substring: String] = [:]
        for line in osRelease.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...]
            values[line[..<equals]] = value.filter { $0 != "\"" && $0 != "'" }
        }
        guard let id = values["ID"], let suite = values["VERSION_CODENAME"], Self.isName(id[...]),
            Self.isName(suite[...])
        else {
            throw ImageBuildError(
                .distributionInvalid(
                    values["ID"] ?? "", reason: "/etc/os-release does not tell ID and VERSION_CODENAME"))
        }
        self.init(id: id, suite: suite)
    }

    /// `ID:SUITE`.
    public var description: String { "\(id):\(suite)" }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else { return false }
        return text.utf8.allSatisfy {
            isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }
}

func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
