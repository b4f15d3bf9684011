import CLinux
import Glibc
import LinuxKernel

/// A BPF program that says of each use of a device whether a version 2 cgroup may have it.
///
/// The kernel asks it with `struct bpf_cgroup_dev_ctx`: the kind of device and the access in one word, the numbers in
/// the next two (linux/bpf.h, BPF_PROG_TYPE_CGROUP_DEVICE).
struct DeviceProgram {
    /// One instruction, as `struct bpf_insn` lays it out.
    private struct Instruction {
        var code: UInt8
        var destination: UInt8 = 0
        var source: UInt8 = 0
        var offset: Int16 = 0
        var immediate: Int32 = 0

        var word: UInt64 {
            UInt64(code) | UInt64(destination & 0xF) << 8 | UInt64(source & 0xF) << 12
                | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: immediate)) << 32
        }
    }

    /// Registers: 1 the context, 2 the kind, 3 the access, 4 and 5 the numbers, 6 for arithmetic.
    private static let prologue: [Instruction] = [
        Instruction(code: 0x61, destination: 2, source: 1, offset: 0),  // r2 = *(u32 *)(r1 + 0)
        Instruction(code: 0xBC, destination: 3, source: 2),  // w3 = w2
        Instruction(code: 0x54, destination: 2, immediate: 0xFFFF),  // w2 &= 0xFFFF
        Instruction(code: 0x74, destination: 3, immediate: 16),  // w3 >>= 16
        Instruction(code: 0x61, destination: 4, source: 1, offset: 4),
        Instruction(code: 0x61, destination: 5, source: 1, offset: 8),
    ]

    let instructions: [UInt64]

    /// Allows what one of the rules allows, and nothing else.
    init(_ rules: [DeviceRule]) {
        var program = Self.prologue
        for rule in rules { program += Self.instructions(for: rule) }
        program += Self.answer(0)
        instructions = program.map(\.word)
    }

    private static func answer(_ value: Int32) -> [Instruction] {
        [Instruction(code: 0xB4, destination: 0, immediate: value), Instruction(code: 0x95)]  // w0 = value; exit
    }

    /// Tests one after the other, each of which jumps behind the rule where it fails.
    private static func instructions(for rule: DeviceRule) -> [Instruction] {
        var tests: [Instruction] = []
        /// `if wN != VALUE`
        func differs(_ register: UInt8, _ value: UInt32) -> Instruction {
            Instruction(code: 0x56, destination: register, immediate: Int32(bitPattern: value))
        }
        if let kind = rule.kind { tests.append(differs(2, UInt32(kind.rawValue))) }
        if rule.access != .all {
            tests.append(Instruction(code: 0xBC, destination: 6, source: 3))  // w6 = w3
            let others = ~Int32(rule.access.rawValue)
            tests.append(Instruction(code: 0x54, destination: 6, immediate: others))  // w6 &= ~access
            tests.append(differs(6, 0))
        }
        if let major = rule.major { tests.append(differs(4, major)) }
        if let minor = rule.minor { tests.append(differs(5, minor)) }
        let allow = answer(1)
        for index in tests.indices where tests[index].code == 0x56 {
            tests[index].offset = Int16(tests.count - index - 1 + allow.count)
        }
        return tests + allow
    }

    /// Has the kernel check and translate it.
    ///
    /// - Throws: ``SystemCallError``: `EPERM` without CAP_BPF or CAP_SYS_ADMIN, `ENOSYS` and `EINVAL` where the kernel
    ///   was built without it.
    ///
    /// The corresponding system call is `bpf(2)` with `BPF_PROG_LOAD`.
    func load() throws(SystemCallError) -> OwnedDescriptor {
        let count = UInt32(instructions.count)
        // The typed error passes through a buffer's method only for a buffer, not for its bytes.
        let descriptor = try instructions.withUnsafeBufferPointer { (buffer) throws(SystemCallError) in
            try checked("bpf", "BPF_PROG_LOAD") { clinux_bpf_load_device_program(buffer.baseAddress, count) }
        }
        return OwnedDescriptor(adopting: descriptor)
    }
}

/// A program that the kernel has taken.
public struct LoadedDevicePolicy: Sendable {
    private let descriptor: SharedDescriptor

    /// Loads a program that allows what one of the rules allows.
    public init(_ rules: [DeviceRule]) throws(SystemCallError) {
        descriptor = SharedDescriptor(try DeviceProgram(rules).load())
    }

    /// Has it asked for a cgroup and those below it, unless one of them gets another.
    ///
    /// The corresponding system call is `bpf(2)` with `BPF_PROG_ATTACH`.
    func attach(to directory: Directory) throws(SystemCallError) {
        // A path descriptor is none that bpf(2) takes.
        let group = try OwnedDescriptor.open(".", O_RDONLY | O_DIRECTORY, in: directory.descriptor.rawValue)
        let (target, program) = (group.rawValue, descriptor.rawValue)
        try checked("bpf", "BPF_PROG_ATTACH \(directory.path)") { clinux_bpf_attach_device_program(target, program) }
    }
}
