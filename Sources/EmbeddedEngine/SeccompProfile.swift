import Glibc
import LinuxKernel
import OCI
import Orchestration

/// A profile for system calls in Docker's format (moby, profiles/seccomp, and the OCI runtime specification's
/// `linux.seccomp`).
enum SeccompProfile {
    private static let sizeLimit = 4 << 20

    /// Reads a profile.
    ///
    /// - Throws: ``EngineError``: `bindSource` where the file can't be read, `profileInvalid` where it is none.
    static func read(_ path: String) throws -> SeccompPolicy {
        let text: [UInt8]
        do {
            text = try readRegularFile(path, limit: sizeLimit)
        } catch {
            throw EngineError(.bindSource(path: path, errno: error.errno))
        }
        do throws(DocumentError) {
            return try policy(try JSONNode(text, document: path))
        } catch {
            throw EngineError(.profileInvalid(path: path, reason: "\(error)"))
        }
    }

    private static func policy(_ node: JSONNode) throws(DocumentError) -> SeccompPolicy {
        let standard = UInt16(clamping: try node.optional("defaultErrnoRet")?.integer() ?? Int64(EPERM))
        let action = try action(try node.required("defaultAction"), errno: standard)
        var rules: [SeccompRule] = []
        var names: Set<String> = []
        for element in try node.optional("syscalls")?.elements() ?? [] {
            let rule = try rule(element, errno: standard)
            rules.append(rule)
            names.formUnion(rule.names)
        }
        // Profiles name calls of all architectures and kernels: those that this one lacks are passed over.
        return SeccompPolicy(defaultAction: action, rules: rules, optionalNames: names)
    }

    private static func rule(_ node: JSONNode, errno standard: UInt16) throws(DocumentError) -> SeccompRule {
        // Old profiles have one call for each entry.
        var names = try node.optional("names")?.strings() ?? []
        if names.isEmpty { names = [try node.required("name").string()] }
        let number = UInt16(clamping: try node.optional("errnoRet")?.integer() ?? Int64(standard))
        let action = try action(try node.required("action"), errno: number)
        var conditions: [SeccompCondition] = []
        for argument in try node.optional("args")?.elements() ?? [] { conditions.append(try condition(argument)) }
        let includes = try node.optional("includes")
        let excludes = try node.optional("excludes")
        let requirement = SeccompRequirement(
            capabilities: try capabilities(includes), architectures: try architectures(includes),
            kernel: try version(try includes?.optional("minKernel")?.string()))
        return SeccompRule(
            names, action: action, conditions: conditions, requirement: requirement,
            exclusion: SeccompExclusion(
                capabilities: try capabilities(excludes), architectures: try architectures(excludes)))
    }

    private static func capabilities(_ node: JSONNode?) throws(DocumentError) -> CapabilitySet {
        let names = try node?.optional("caps")?.strings() ?? []
        do throws(CapabilityError) {
            return try CapabilitySet(names: names)
        } catch {
            throw malformed("\(error)")
        }
    }

    private static func architectures(_ node: JSONNode?) throws(DocumentError) -> [String] {
        try node?.optional("arches")?.strings() ?? []
    }

    private static func version(_ text: String?) throws(DocumentError) -> KernelVersion? {
        guard let text else { return nil }
        let numbers = text.split(separator: ".").map { Int($0) }
        guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else {
            throw malformed("'\(text)' is no kernel's version")
        }
        return KernelVersion(major, minor)
    }

    private static func action(_ node: JSONNode, errno: UInt16) throws(DocumentError) -> SeccompAction {
        switch try node.string() {
        case "SCMP_ACT_ALLOW": .allow
        case "SCMP_ACT_ERRNO": .errno(errno)
        case "SCMP_ACT_TRAP": .trap
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": .killThread
        case "SCMP_ACT_KILL_PROCESS": .killProcess
        case "SCMP_ACT_LOG": .log
        case "SCMP_ACT_TRACE": .trace(errno)
        case let other: throw malformed("'\(other)' is no action")
        }
    }

    private static func condition(_ node: JSONNode) throws(DocumentError) -> SeccompCondition {
        let value = UInt64(bitPattern: try node.required("value").integer())
        let second = UInt64(bitPattern: try node.optional("valueTwo")?.integer() ?? 0)
        let argument = Int(clamping: try node.required("index").integer())
        switch try node.required("op").string() {
        case "SCMP_CMP_NE": return SeccompCondition(argument: argument, .notEqual, value)
        case "SCMP_CMP_LT": return SeccompCondition(argument: argument, .less, value)
        case "SCMP_CMP_LE": return SeccompCondition(argument: argument, .lessOrEqual, value)
        case "SCMP_CMP_EQ": return SeccompCondition(argument: argument, .equal, value)
        case "SCMP_CMP_GE": return SeccompCondition(argument: argument, .greaterOrEqual, value)
        case "SCMP_CMP_GT": return SeccompCondition(argument: argument, .greater, value)
        // The first value is the mask, the second what the masked bits are compared with.
        case "SCMP_CMP_MASKED_EQ":
            return SeccompCondition(argument: argument, .maskedEqual(mask: value), second)
        case let other: throw malformed("'\(other)' is no comparison")
        }
    }

    private static func malformed(_ reason: String) -> DocumentError {
        DocumentError(kind: .malformed(reason), document: "the profile")
    }
}
