import CCap
import CLinux
import Glibc

/// A set of capabilities.
public struct CapabilitySet: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// One bit for each capability, bit 0 for number 0: the form of the `Cap…` lines of `/proc/PID/status`.
    public var rawValue: UInt64

    /// Takes the bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Takes the members.
    public init(arrayLiteral members: Capability...) { self.init(members) }

    /// Takes the members.
    public init(_ members: some Sequence<Capability>) {
        rawValue = members.reduce(0) { $0 | 1 << UInt64($1.number) }
    }

    /// Looks up names, with or without `CAP_`, in either case; `ALL` stands for all that the running kernel has.
    ///
    /// - Throws: ``CapabilityError/unknownName(_:)`` for the first that is none.
    public init(names: some Sequence<String>) throws(CapabilityError) {
        rawValue = 0
        for name in names {
            if name.uppercased() == "ALL" {
                formUnion(.all)
            } else {
                insert(try Capability(name: name))
            }
        }
    }

    /// What Docker gives a container: the 14 that programs in images rely on, and none that reaches the host.
    public static let containerDefault = Self(
        [
            CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP,
            CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP,
        ].compactMap { Capability(number: Int($0)) })

    /// All that the running kernel has.
    ///
    /// libcap finds the number of them out when it is loaded; `/proc/sys/kernel/cap_last_cap` says the same.
    public static var all: Self {
        let count = UInt64(cap_max_bits())
        return Self(rawValue: count >= 64 ? .max : (1 << count) - 1)
    }

    /// What the calling thread may give itself and its children.
    ///
    /// - Throws: ``SystemCallError`` from capget(2).
    public static func permitted() throws(SystemCallError) -> Self {
        guard let state = cap_get_proc() else { throw SystemCallError(call: "capget", errno: errno, subject: "") }
        defer { cap_free(UnsafeMutableRawPointer(state)) }
        return Self(
            all.filter { capability in
                var flag = CAP_CLEAR
                return cap_get_flag(state, cap_value_t(capability.number), CAP_PERMITTED, &flag) == 0 && flag == CAP_SET
            })
    }

    /// Whether `capability` is a member.
    public func contains(_ capability: Capability) -> Bool { rawValue & 1 << UInt64(capability.number) != 0 }

    /// Adds a member.
    public mutating func insert(_ capability: Capability) { rawValue |= 1 << UInt64(capability.number) }

    /// Removes a member, if it is one.
    public mutating func remove(_ capability: Capability) { rawValue &= ~(1 << UInt64(capability.number)) }

    /// Adds the members of another set.
    public mutating func formUnion(_ other: Self) { rawValue |= other.rawValue }

    /// The members that both have.
    public func intersection(_ other: Self) -> Self { Self(rawValue: rawValue & other.rawValue) }

    /// The members that `other` lacks.
    public func subtracting(_ other: Self) -> Self { Self(rawValue: rawValue & ~other.rawValue) }

    /// The names in the order of their numbers, for messages.
    public var description: String { map(\.description).joined(separator: " ") }
}

extension CapabilitySet {
    /// The bounding set of the calling process: no more than that can be given on.
    ///
    /// The corresponding system call is `prctl(2)` with `PR_CAPBSET_READ`.
    public static func ofCallingProcess() -> CapabilitySet {
        var result: CapabilitySet = []
        for capability in all where clinux_prctl(PR_CAPBSET_READ, UInt(capability.number), 0, 0, 0) == 1 {
            result.insert(capability)
        }
        return result
    }
}

extension CapabilitySet: Sequence {
    /// Iterates over the members in the order of their numbers.
    public func makeIterator() -> some IteratorProtocol<Capability> {
        (0..<64).lazy.compactMap { Capability(number: $0) }.filter { contains($0) }.makeIterator()
    }
}
