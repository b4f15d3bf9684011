import Glibc

/// A system call that the kernel refused.
public struct SystemCallError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The call's name as in section 2 of the manual, e.g. `mount`.
    public var call: String
    /// The error number as errno(3) names it.
    public var errno: CInt
    /// What it was called on: a path, an interface, an address.
    public var subject: String

    /// Takes each property; see there.
    public init(call: String, errno: CInt, subject: String) {
        self.call = call
        self.errno = errno
        self.subject = subject
    }

    /// The kernel's words for the error number, as strerror(3) gives them in the C locale.
    public var reason: String {
        strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    }

    /// The usual notation.
    public var description: String {
        subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)"
    }
}

/// Runs `body` until it is not interrupted; turns -1 into a typed error.
///
/// `errno` is copied before anything else can run: even building the subject allocates, and an allocation may
/// overwrite it. Not for close(2), which must never be called twice.
///
/// - Parameters:
///   - call: The name of the system call, for the error.
///   - subject: What it is called on; evaluated only on failure.
/// - Throws: ``SystemCallError`` with whatever the kernel said, `EINTR` excepted.
@discardableResult
public func checked<Result: FixedWidthInteger>(
    _ call: StaticString, _ subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(SystemCallError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code == EINTR { continue }
        throw SystemCallError(call: "\(call)", errno: code, subject: subject())
    }
}
