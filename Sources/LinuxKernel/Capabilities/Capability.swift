import CCap

/// One of the privileges into which root's are divided; see capabilities(7).
public struct Capability: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The kernel's number, 0...63.
    public let number: Int

    /// Takes the kernel's number; `nil` outside 0...63.
    public init?(number: Int) {
        guard (0...63).contains(number) else { return nil }
        self.number = number
    }

    /// Looks up a name, with or without `CAP_`, in either case.
    ///
    /// - Throws: ``CapabilityError/unknownName(_:)``.
    public init(name: some StringProtocol) throws(CapabilityError) {
        let lowercased = name.lowercased()
        let full = lowercased.hasPrefix("cap_") ? lowercased : "cap_\(lowercased)"
        var value: cap_value_t = 0
        // libcap takes what begins with a name for that name; only the whole one leads back to itself.
        guard cap_from_name(full, &value) == 0, let known = Self(number: Int(value)),
            known.description == full.uppercased()
        else { throw CapabilityError.unknownName(String(name)) }
        self = known
    }

    /// As capabilities(7) writes it: `CAP_NET_BIND_SERVICE`; `CAP_41` for one without a name here.
    public var description: String {
        guard let name = cap_to_name(cap_value_t(number)) else { return "CAP_\(number)" }
        defer { cap_free(name) }
        let text = String(cString: name)
        return text.hasPrefix("cap_") ? text.uppercased() : "CAP_\(number)"
    }

    /// Orders by number.
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// A capability that cannot be granted.
public enum CapabilityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No capability has this name.
    case unknownName(String)

    /// The sentence for the user.
    public var description: String {
        switch self {
        case .unknownName(let name): "no capability is called '\(name)'; capabilities(7) lists them"
        }
    }
}
