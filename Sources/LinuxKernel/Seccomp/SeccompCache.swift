import CSeccomp
import Glibc

extension SeccompPolicy {
    /// The program for a process with these capabilities, from the cache or freshly compiled.
    ///
    /// - Parameters:
    ///   - capabilities: The bounding set that the process will have.
    ///   - directory: Where programs are kept; must exist. `nil`: nowhere.
    /// - Throws: ``SeccompError``. A cache that cannot be written is none: it is told in the result.
    public func program(
        for capabilities: CapabilitySet, cachedIn directory: String?
    ) throws(SeccompError) -> CachedSeccompProgram {
        try resolved(for: capabilities).program(cachedIn: directory)
    }

    /// What holds on this host for a process with these capabilities.
    ///
    /// It takes half a millisecond, and can be had before it is known where programs are kept.
    public func resolved(for capabilities: CapabilitySet) -> ResolvedSeccompPolicy {
        let rules = resolved(capabilities, architecture: SeccompCompiler.architectureName, kernel: .running)
        return ResolvedSeccompPolicy(defaultAction: defaultAction, rules: rules, optionalNames: optionalNames)
    }
}

/// The rules of a policy that hold for one set of capabilities on this host.
public struct ResolvedSeccompPolicy: Sendable {
    private let defaultAction: SeccompAction
    private let rules: [SeccompRule]
    private let optionalNames: Set<String>
    /// Changes with whatever the program depends on.
    private let key: UInt64

    init(defaultAction: SeccompAction, rules: [SeccompRule], optionalNames: Set<String>) {
        self.defaultAction = defaultAction
        self.rules = rules
        self.optionalNames = optionalNames
        key = Self.fingerprint(defaultAction, rules)
    }

    /// The program, from the cache or freshly compiled.
    ///
    /// Compiling takes 10 to 100 ms, reading some 0.1 ms. The cache is a directory that only its owner and root may
    /// write; a file in it is believed if it is the caller's or root's, nobody else may write it, and it is whole.
    /// Any other is compiled anew and replaced.
    ///
    /// - Parameter directory: Where programs are kept; must exist. `nil`: nowhere.
    /// - Throws: ``SeccompError``. A cache that cannot be written is none: it is told in the result.
    public func program(cachedIn directory: String?) throws(SeccompError) -> CachedSeccompProgram {
        let file = directory.map { SeccompCacheFile(directory: $0, key: key) }
        if let program = file?.read() { return CachedSeccompProgram(program: program, origin: .cache) }
        let compiler = SeccompCompiler(defaultAction: defaultAction, rules: rules, optionalNames: optionalNames)
        let program = try compiler.compile()
        guard let file else { return CachedSeccompProgram(program: program, origin: .compiled(notKept: nil)) }
        do throws(SystemCallError) {
            try file.write(program)
            return CachedSeccompProgram(program: program, origin: .compiled(notKept: nil))
        } catch {
            return CachedSeccompProgram(program: program, origin: .compiled(notKept: error))
        }
    }

    private static func fingerprint(_ defaultAction: SeccompAction, _ rules: [SeccompRule]) -> UInt64 {
        var digest = Digest()
        if let version = seccomp_version()?.pointee {
            for number in [version.major, version.minor, version.micro] { digest.add(UInt64(number)) }
        }
        for architecture in SeccompCompiler.architectures { digest.add(UInt64(architecture)) }
        digest.add(UInt64(defaultAction.returnValue))
        for rule in rules {
            digest.add(UInt64(rule.action.returnValue))
            for condition in rule.conditions {
                digest.add(UInt64(bitPattern: Int64(condition.argument)))
                let (comparison, mask) = condition.comparison.numbers
                digest.add(comparison)
                digest.add(mask)
                digest.add(condition.value)
            }
            for name in rule.names { digest.add(name) }
        }
        return digest.value
    }
}

extension SeccompCondition.Comparison {
    /// Tells comparisons apart: reflection would do that too, in a hundred times the time.
    fileprivate var numbers: (comparison: UInt64, mask: UInt64) {
        switch self {
        case .notEqual: (0, 0)
        case .less: (1, 0)
        case .lessOrEqual: (2, 0)
        case .equal: (3, 0)
        case .greaterOrEqual: (4, 0)
        case .greater: (5, 0)
        case .maskedEqual(let mask): (6, mask)
        }
    }
}

/// A program, and where it came from.
public struct CachedSeccompProgram: Hashable, Sendable {
    /// Where a program came from.
    public enum Origin: Hashable, Sendable {
        /// A file that an earlier run wrote.
        case cache
        /// libseccomp; with the reason, where it could not be kept for the next run.
        case compiled(notKept: SystemCallError?)
    }

    /// To be installed.
    public let program: SeccompProgram
    /// Where it came from.
    public let origin: Origin
}

/// A file with one program: a header of four 64-bit numbers (magic, key, digest of the program, its length in
/// bytes), and the program.
struct SeccompCacheFile {
    let directory: String
    let key: UInt64

    static let headerSize = 32
    /// Changes with the layout of the file, and with how a policy becomes a program and its key.
    static let magic: UInt64 = 0x3330_4353_5352_4148

    var path: String {
        let digits = String(key, radix: 16)
        return "\(directory)/seccomp-\(String(repeating: "0", count: 16 - digits.count))\(digits).bpf"
    }

    /// The program; `nil` where there is none that can be believed.
    func read() -> SeccompProgram? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
            var status = stat()
            try checked("fstat", path) { fstat(file.rawValue, &status) }
            guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o022 == 0,
                status.st_uid == 0 || status.st_uid == geteuid()
            else { return nil }
            return decode(try readAll(file.rawValue, limit: 1 << 16))
        } catch {
            // Missing, unreadable, too long: whatever it is, the program is compiled anew.
            return nil
        }
    }

    /// Writes a program so that others see all of it or nothing.
    func write(_ program: SeccompProgram) throws(SystemCallError) {
        try replaceFile(path, with: encode(program), mode: 0o600, isSynced: false, through: "\(path).\(getpid())")
    }

    func encode(_ program: SeccompProgram) -> [UInt8] {
        [Self.magic, key, Digest(of: program.bytes).value, UInt64(program.bytes.count)]
            .flatMap { number in withUnsafeBytes(of: number) { Array($0) } } + program.bytes
    }

    func decode(_ contents: [UInt8]) -> SeccompProgram? {
        guard contents.count > Self.headerSize else { return nil }
        let header = contents.withUnsafeBytes { bytes in
            (0..<4).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
        let body = Array(contents[Self.headerSize...])
        guard header == [Self.magic, key, Digest(of: body).value, UInt64(body.count)] else { return nil }
        return SeccompProgram(bytes: body)
    }
}

/// FNV-1a with 64 bits: tells accidents apart, not attacks, from which the file's owner protects.
private struct Digest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(of bytes: [UInt8]) {
        for byte in bytes { addByte(byte) }
        addByte(0)
    }

    /// Adds a text, and that it ends here.
    mutating func add(_ text: String) {
        for byte in text.utf8 { addByte(byte) }
        addByte(0)
    }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { addByte(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    private mutating func addByte(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
