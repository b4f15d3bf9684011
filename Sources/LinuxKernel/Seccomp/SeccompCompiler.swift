import CLinux
import CSeccomp
import Glibc

/// Turns the rules of a policy into a program: libseccomp's, written anew in a fifth of the length.
struct SeccompCompiler {
    /// The architectures whose programs this machine runs, the native one first.
    static let architectures: [UInt32] = {
        #if arch(x86_64)
            let names = ["x86_64", "x86", "x32"]
        #elseif arch(arm64)
            let names = ["aarch64", "arm"]
        #else
            let names: [String] = []
        #endif
        return names.isEmpty ? [seccomp_arch_native()] : names.map { seccomp_arch_resolve_name($0) }
    }()

    /// The native architecture as Docker's profiles call it.
    static let architectureName: String = {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }()

    let defaultAction: SeccompAction
    let rules: [SeccompRule]
    let optionalNames: Set<String>

    /// Compiles for all architectures of this machine: 10 to 100 ms.
    func compile() throws(SeccompError) -> SeccompProgram {
        let instructions = SeccompLayout.shortened(try compileAtLength())
        let bytes = instructions.withUnsafeBytes { Array($0) }
        guard let program = SeccompProgram(bytes: bytes) else { throw SeccompError.tooLong(instructions.count) }
        return program
    }

    /// What libseccomp makes of the rules, after the prologue.
    func compileAtLength() throws(SeccompError) -> [sock_filter] {
        // One filter for each architecture, merged at the end: in a common one, libseccomp copies all that it has
        // for each rule that is added, which takes ten times as long.
        let whole = try makeFilter(Self.architectures[0])
        defer { seccomp_release(whole) }
        for architecture in Self.architectures.dropFirst() {
            let part = try makeFilter(architecture)
            do throws(SeccompError) {
                try check("seccomp_merge", seccomp_merge(whole, part))
            } catch {
                seccomp_release(part)
                throw error
            }
        }
        let bytes = SeccompPrologue(architectures: Self.architectures).bytes + (try export(whole))
        var instructions = [sock_filter](repeating: sock_filter(), count: bytes.count / 8)
        instructions.withUnsafeMutableBytes { $0.copyBytes(from: bytes.prefix($0.count)) }
        return instructions
    }

    /// Makes a filter for one architecture; the caller's to release.
    private func makeFilter(_ architecture: UInt32) throws(SeccompError) -> scmp_filter_ctx {
        guard let filter = seccomp_init(defaultAction.returnValue) else {
            throw SeccompError.library("seccomp_init", errno: ENOMEM, subject: "")
        }
        do throws(SeccompError) {
            if architecture != seccomp_arch_native() {
                try check("seccomp_arch_add", seccomp_arch_add(filter, architecture))
                try check("seccomp_arch_remove", seccomp_arch_remove(filter, UInt32(SCMP_ARCH_NATIVE)))
            }
            // A binary tree instead of a chain: each call passes some 20 instructions, not hundreds.
            try check("seccomp_attr_set", seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2))
            for rule in rules { try add(rule, to: filter) }
            return filter
        } catch {
            seccomp_release(filter)
            throw error
        }
    }

    private func add(_ rule: SeccompRule, to filter: scmp_filter_ctx) throws(SeccompError) {
        for name in rule.names {
            let number = seccomp_syscall_resolve_name(name)
            guard number != __NR_SCMP_ERROR else {
                if optionalNames.contains(name) { continue }
                throw SeccompError.unknownSystemCall(name)
            }
            for alternative in try comparisons(rule.conditions, of: name) {
                let result = seccomp_rule_add_array(
                    filter, rule.action.returnValue, number, UInt32(alternative.count), alternative)
                // EDOM: not a call of this architecture. EEXIST: a rule says so already.
                if ![0, -EDOM, -EEXIST].contains(result) {
                    throw SeccompError.library("seccomp_rule_add_array", errno: -result, subject: name)
                }
            }
        }
    }

    /// The comparisons that make one rule each: all of them, or, with two of one argument, each for itself.
    private func comparisons(_ conditions: [SeccompCondition], of name: String) throws(SeccompError) -> [[scmp_arg_cmp]]
    {
        var all: [scmp_arg_cmp] = []
        for condition in conditions {
            guard (0...5).contains(condition.argument) else {
                throw SeccompError.invalidArgument(name, argument: condition.argument)
            }
            all.append(condition.comparison(with: condition.value, argument: condition.argument))
        }
        return Set(conditions.map(\.argument)).count == conditions.count ? [all] : all.map { [$0] }
    }

    /// Takes the program out by way of a file in memory.
    private func export(_ filter: scmp_filter_ctx) throws(SeccompError) -> [UInt8] {
        do throws(SystemCallError) {
            let file = OwnedDescriptor(
                adopting: try checked("memfd_create") { clinux_memfd_create("seccomp", clinux_MFD_CLOEXEC) })
            let result = seccomp_export_bpf(filter, file.rawValue)
            if result != 0 { throw SystemCallError(call: "seccomp_export_bpf", errno: -result, subject: "") }
            try checked("lseek") { lseek(file.rawValue, 0, SEEK_SET) }
            return try readAll(file.rawValue)
        } catch {
            throw SeccompError.system(error)
        }
    }

    private func check(_ function: String, _ result: CInt) throws(SeccompError) {
        if result != 0 { throw SeccompError.library(function, errno: -result, subject: "") }
    }
}

extension SeccompCondition {
    fileprivate func comparison(with value: UInt64, argument: Int) -> scmp_arg_cmp {
        let (operation, first, second): (scmp_compare, UInt64, UInt64) =
            switch comparison {
            case .notEqual: (SCMP_CMP_NE, value, 0)
            case .less: (SCMP_CMP_LT, value, 0)
            case .lessOrEqual: (SCMP_CMP_LE, value, 0)
            case .equal: (SCMP_CMP_EQ, value, 0)
            case .greaterOrEqual: (SCMP_CMP_GE, value, 0)
            case .greater: (SCMP_CMP_GT, value, 0)
            case .maskedEqual(let mask): (SCMP_CMP_MASKED_EQ, mask, value)
            }
        return scmp_arg_cmp(arg: UInt32(argument), op: operation, datum_a: first, datum_b: second)
    }
}
