import Glibc

/// A release of the kernel, without patch level.
public struct KernelVersion: Hashable, Sendable, Comparable {
    /// The first number.
    public var major: Int
    /// The second number.
    public var minor: Int

    /// Takes the two numbers.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads the beginning of a release, `6.1.0-18-amd64`; `nil` where it is none.
    public init?(release: String) {
        let numbers = release.split(separator: ".").prefix(2).map { part in
            Int(part.prefix { $0.isASCII && $0.isNumber })
        }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major, minor)
    }

    /// The release that runs; 0.0 where it does not say.
    public static let running: Self = {
        var names = utsname()
        guard uname(&names) == 0 else { return Self(0, 0) }
        let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Self(release: release) ?? Self(0, 0)
    }()

    /// Orders by major, then by minor number.
    public static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}
