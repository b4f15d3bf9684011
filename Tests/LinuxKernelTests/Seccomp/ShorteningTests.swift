import CLinux
import Testing

@testable import LinuxKernel

/// Compares the programs that are installed with those that libseccomp makes of the same rules.
@Suite("The shortened seccomp program")
struct ShorteningTests {
    /// x86-64, i386, aarch64, arm, and some that are no machine's.
    private static let architectures: [UInt32] = [
        0xC000_003E, 0x4000_0003, 0xC000_00B7, 0x4000_0028, 0, 0x4000_0002, 0x4000_0004, 0xC000_003D, 0xC000_003F, .max,
    ]
    /// All that any architecture has, those of x32, and the limits of ranges.
    private static let numbers: [UInt32] =
        Array(0...600) + (0...600).map { 0x4000_0000 + $0 }
        + [1000, 1023, 1024, 0xF_0000, 0xF_0002, 0x3FFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 0xC000_0000, .max - 1, .max]

    private func compiler(_ policy: SeccompPolicy, _ capabilities: CapabilitySet) -> SeccompCompiler {
        let rules = policy.resolved(
            capabilities, architecture: SeccompCompiler.architectureName, kernel: KernelVersion(6, 1))
        return SeccompCompiler(
            defaultAction: policy.defaultAction, rules: rules, optionalNames: policy.optionalNames)
    }

    private func interpreted(_ instructions: [sock_filter]) -> InterpretedProgram {
        InterpretedProgram(bytes: instructions.withUnsafeBytes { Array($0) })
    }

    /// Values that conditions mention, their neighbours, each single bit, and all of these with other upper halves.
    private func values(for rules: [SeccompRule]) -> [UInt64] {
        let mentioned = rules.flatMap(\.conditions).flatMap { condition in
            if case .maskedEqual(let mask) = condition.comparison { return [condition.value, mask] }
            return [condition.value]
        }
        var values: Set<UInt64> = []
        for value in mentioned + (0..<64).map({ 1 << $0 }) {
            for near in [value &- 1, value, value &+ 1] {
                values.formUnion([near, near ^ 1 << 32, near ^ 1 << 63, near | 0xFFFF_FFFF << 32])
            }
        }
        return values.sorted()
    }

    /// Expects both programs to answer alike to all calls that a rule may tell apart.
    private func compare(_ compiler: SeccompCompiler, _ arguments: Range<Int> = 0..<1) throws {
        let program = try compiler.compileAtLength()
        let long = interpreted(program)
        let short = interpreted(SeccompLayout.shortened(program))
        #expect(short.count < long.count)
        let values = values(for: compiler.rules)
        for architecture in Self.architectures {
            for number in Self.numbers {
                var call = SystemCall(architecture: architecture, number: number)
                let expected = try long.run(call)
                let given = try short.run(call)
                #expect(given.value == expected.value, "\(call)")
                guard expected.readsArguments || given.readsArguments else { continue }
                for argument in arguments {
                    for value in values {
                        call.arguments = [0, 0, 0, 0, 0, 0]
                        call.arguments[argument] = value
                        #expect(try short.run(call).value == long.run(call).value, "\(call)")
                    }
                }
            }
        }
    }

    @Test("for no and for all capabilities, and for Docker's, the answers are libseccomp's")
    func sets() throws {
        for capabilities in [[], .all, .containerDefault] as [CapabilitySet] {
            try compare(compiler(.containerDefault, capabilities))
        }
    }

    @Test(
        "for a single capability, the answers are libseccomp's",
        arguments: [
            "SYS_ADMIN", "SYS_PTRACE", "SYS_NICE", "SYS_TIME", "SYS_MODULE", "SYS_CHROOT", "SYS_RAWIO", "BPF", "SYSLOG",
            "NET_ADMIN",
        ])
    func single(name: String) throws {
        try compare(compiler(.containerDefault, [try Capability(name: name)]))
    }

    @Test("the answers are libseccomp's for each comparison, and for conditions on several arguments")
    func comparisons() throws {
        let comparisons: [(String, SeccompCondition.Comparison)] = [
            ("read", .equal), ("write", .notEqual), ("close", .less), ("lseek", .lessOrEqual), ("ioctl", .greater),
            ("fcntl", .greaterOrEqual), ("mmap", .maskedEqual(mask: 0xFF_0000_00F0)),
        ]
        var rules = comparisons.map { name, comparison in
            SeccompRule([name], conditions: [SeccompCondition(argument: 1, comparison, 0x10_0000_0020)])
        }
        rules += [
            SeccompRule(
                ["socket"], action: .errno(97),
                conditions: [
                    SeccompCondition(argument: 0, .equal, 1), SeccompCondition(argument: 1, .greater, 7),
                    SeccompCondition(argument: 2, .notEqual, 3),
                ]),
            SeccompRule(["socket", "semop"], conditions: [SeccompCondition(argument: 0, .equal, 2)]),
            SeccompRule(["connect", "msgget"]), SeccompRule(["getpid"], action: .killProcess),
            SeccompRule(["kill"], action: .log), SeccompRule(["ptrace"], action: .trace(7)),
        ]
        try compare(compiler(SeccompPolicy(defaultAction: .trap, rules: rules), []), 0..<6)
    }

    @Test("jumps over more than 255 instructions are taken in two steps")
    func farJumps() throws {
        // Too many conditions of their own for one reach.
        let names = ["read", "write", "close", "lseek", "ioctl", "fcntl", "mmap", "kill", "dup", "dup2"]
        let rules = names.enumerated().flatMap { index, name in
            (0..<40).map { value in
                SeccompRule(
                    [name], action: .errno(UInt16(index + 1)),
                    conditions: [SeccompCondition(argument: 0, .equal, UInt64(index * 1000 + value * 3))])
            }
        }
        let compiler = compiler(SeccompPolicy(defaultAction: .allow, rules: rules), [])
        let short = SeccompLayout.shortened(try compiler.compileAtLength())
        #expect(short.contains { $0.code == BPFCode.jumpAlways && $0.k > 255 })
        try compare(compiler)
    }

    @Test("an instruction that libseccomp does not make leaves a program as it is")
    func unsupported() {
        let returnsAccumulator = UInt16(BPF_RET | BPF_A)
        let program = [
            sock_filter(code: BPFCode.load, jt: 0, jf: 0, k: 0),
            sock_filter(code: BPFCode.jumpAlways, jt: 0, jf: 0, k: 0),
            sock_filter(code: returnsAccumulator, jt: 0, jf: 0, k: 0),
        ]
        let result = SeccompLayout.shortened(program)
        #expect(result.map(\.code) == program.map(\.code))
        var reader = SeccompReader(program)
        #expect(throws: SeccompReader.UnsupportedInstruction(position: 2)) { try reader.read() }
    }

    #if arch(x86_64)
        @Test("Docker's default takes at most 240 instructions, and a number of the kernel 12 steps on average")
        func size() throws {
            let program = interpreted(
                SeccompLayout.shortened(try compiler(.containerDefault, .containerDefault).compileAtLength()))
            #expect(program.count <= 240)
            for architecture in Self.architectures.prefix(2) {
                let steps = try (0..<470).map {
                    try program.run(SystemCall(architecture: architecture, number: $0)).steps
                }
                #expect(steps.reduce(0, +) <= 470 * 12, "\(steps.reduce(0, +) / 470)")
            }
        }
    #endif
}
