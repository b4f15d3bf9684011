#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A POSIX extended regular expression, matched byte for byte. See regex(7).
///
/// The C library's: it costs nothing at start-up, which Swift's own would.
final class LogPattern: @unchecked Sendable {
    /// Why a text is no pattern, as the C library says it.
    struct Invalid: Error {
        var reason: String
    }

    // Written once, in the initialiser; regexec(3) may be called from several threads.
    private var expression = regex_t()

    init(_ text: String) throws(Invalid) {
        // A NUL would silently end the pattern.
        guard !text.utf8.contains(0) else { throw Invalid(reason: "has a NUL character") }
        let code = regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)
        guard code == 0 else {
            var message = [CChar](repeating: 0, count: 256)
            regerror(code, &expression, &message, message.count)
            let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Invalid(reason: String(decoding: bytes, as: UTF8.self))
        }
    }

    deinit { regfree(&expression) }

    /// Whether the pattern is found anywhere in the line.
    func matches(_ line: String) -> Bool { regexec(&expression, line, 0, nil, 0) == 0 }
}
