import Glibc

/// A file descriptor with exactly one owner: releasing the owner closes it.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number; valid as long as the owner is.
    public let rawValue: CInt

    /// Takes over an open descriptor.
    public init(adopting rawValue: CInt) { self.rawValue = rawValue }

    /// Gives the descriptor away, for example across execve(2); it is the caller's to close from then on.
    public consuming func release() -> CInt {
        let descriptor = rawValue
        discard self
        return descriptor
    }

    deinit { _ = close(rawValue) }
}

/// A descriptor that several owners share; closed when the last of them lets go.
public final class SharedDescriptor: Sendable {
    /// The number; valid as long as the object is.
    public let rawValue: CInt

    /// Takes over an open descriptor.
    public init(_ descriptor: consuming OwnedDescriptor) { rawValue = descriptor.release() }

    deinit { _ = close(rawValue) }
}
