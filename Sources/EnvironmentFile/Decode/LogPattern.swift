import Glibc

/// A compiled `ready.log` expression: POSIX extended, as `grep -E` takes it (regex(7)), on the bytes of one line.
public final class LogPattern: @unchecked Sendable {
    // regexec(3) may be called by several threads at once on one compiled pattern, and nothing writes to it after
    // init; hence the unchecked conformance.
    private let compiled: UnsafeMutablePointer<regex_t>

    /// Why an expression can't be used.
    public struct Invalid: Error, Hashable, Sendable {
        /// In the words of regerror(3).
        public var reason: String
    }

    /// Longer ones are refused.
    public static let lengthLimit = 1024
    /// How often something may be repeated by `{n,m}`, nested repetitions multiplied: the library copies it as often.
    public static let repetitionLimit = 1000

    /// Compiles an expression.
    public init(_ pattern: String) throws(Invalid) {
        guard pattern.utf8.count <= Self.lengthLimit else { throw Invalid(reason: "longer than 1024 bytes") }
        guard !pattern.utf8.contains(0) else { throw Invalid(reason: "contains a NUL character") }
        guard Self.repetitions(in: pattern) <= Self.repetitionLimit else {
            throw Invalid(reason: "repeats more than 1000 times")
        }
        let storage = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        storage.initialize(to: regex_t())
        let code = regcomp(storage, pattern, REG_EXTENDED | REG_NOSUB)
        guard code == 0 else {
            var message = [CChar](repeating: 0, count: 256)
            regerror(code, storage, &message, message.count)
            storage.deallocate()
            let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Invalid(reason: String(decoding: bytes, as: UTF8.self))
        }
        compiled = storage
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    /// Whether the expression is found anywhere in a line; the line's end is not part of it.
    public func matches(_ line: String) -> Bool {
        regexec(compiled, line, 0, nil, 0) == 0
    }

    /// The product of all upper bounds in braces, a bound on how large the compiled pattern becomes.
    private static func repetitions(in pattern: String) -> Int {
        var product = 1
        for part in pattern.split(separator: "{").dropFirst() {
            let bounds = part.prefix { $0 != "}" }.split(separator: ",")
            guard let last = bounds.compactMap({ Int($0) }).max() else { continue }
            product = min(product, repetitionLimit + 1) * min(max(1, last), repetitionLimit + 1)
        }
        return product
    }
}
