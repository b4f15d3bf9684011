/// Devices that a container may use: a line of version 1's `devices.allow`.
public struct DeviceRule: Hashable, Sendable {
    /// What a device can be used for.
    public struct Access: OptionSet, Hashable, Sendable {
        /// The `BPF_DEVCG_ACC_…` bits.
        public let rawValue: UInt8
        /// Takes the `BPF_DEVCG_ACC_…` bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// mknod(2)
        public static let make = Self(rawValue: 1)
        /// Opening it for reading.
        public static let read = Self(rawValue: 2)
        /// Opening it for writing.
        public static let write = Self(rawValue: 4)
        /// All of them.
        public static let all: Self = [.make, .read, .write]
    }

    /// What a device is; `nil` in a rule: either.
    public enum Kind: UInt8, Hashable, Sendable {
        /// `BPF_DEVCG_DEV_BLOCK`
        case block = 1
        /// `BPF_DEVCG_DEV_CHAR`
        case character = 2
    }

    /// `nil`: either.
    public var kind: Kind?
    /// `nil`: any.
    public var major: UInt32?
    /// `nil`: any.
    public var minor: UInt32?
    /// What is allowed.
    public var access: Access

    /// Takes the values as they are.
    public init(_ kind: Kind?, major: UInt32? = nil, minor: UInt32? = nil, access: Access = .all) {
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// Reads `TYPE MAJOR:MINOR ACCESS`, such as `c 1:3 rwm` or `b *:* m`; `nil` for anything else.
    public init?(_ text: String) {
        let fields = text.split(separator: " ")
        guard fields.count == 3 else { return nil }
        let numbers = fields[1].split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2 else { return nil }
        switch fields[0] {
        case "a": kind = nil
        case "b": kind = .block
        case "c": kind = .character
        default: return nil
        }
        (major, minor, access) = (nil, nil, [])
        for (number, path) in zip(numbers, [\Self.major, \Self.minor]) where number != "*" {
            guard let value = UInt32(number) else { return nil }
            self[keyPath: path] = value
        }
        for letter in fields[2] {
            switch letter {
            case "r": access.insert(.read)
            case "w": access.insert(.write)
            case "m": access.insert(.make)
            default: return nil
            }
        }
    }

    /// As the file `devices.allow` takes it.
    public var text: String {
        let type =
            switch kind {
            case .block: "b"
            case .character: "c"
            case nil: "a"
            }
        let letters = [(Access.read, "r"), (.write, "w"), (.make, "m")].filter { access.contains($0.0) }.map(\.1)
        return "\(type) \(major.map { "\($0)" } ?? "*"):\(minor.map { "\($0)" } ?? "*") \(letters.joined())"
    }

    /// What Docker lets every container use: nodes of any device can be made, and of these they can be opened
    /// (Documentation/admin-guide/devices.txt): null, zero, full, random, urandom, tty, console, ptmx, terminals.
    public static let standard: [DeviceRule] =
        [Self(.character, access: .make), Self(.block, access: .make)]
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)].map { major, minor in
            Self(.character, major: major, minor: minor)
        } + [Self(.character, major: 136)]

    /// Everything, as a privileged container has it.
    public static let everything = [Self(nil)]
}
