import CLinux
import CSeccomp
import Glibc

/// Instructions before libseccomp's: system calls newer than libseccomp fail with `ENOSYS`.
///
/// A C library that is newer than the filter tries new calls first, and goes back to old ones only for `ENOSYS`, what
/// an old kernel says; the policy's default would make it give up.
struct SeccompPrologue {
    /// Eight bytes for each instruction.
    let bytes: [UInt8]

    init(architectures: [UInt32]) {
        var body: [Instruction] = [.load(offset: BPFCode.architectureOffset)]
        for (token, bounds) in Self.bounds(architectures) {
            body += Self.block(token: token, bounds: bounds)
        }
        // Fall through to libseccomp's program, over the answer at the end.
        body.append(Instruction(BPFCode.jumpAlways, 1))
        body.append(Instruction(BPFCode.answer, SeccompAction.errno(UInt16(ENOSYS)).returnValue))
        // All that leads to the answer or past it is as far as it now turns out to be.
        let end = body.count
        bytes = body.enumerated().flatMap { position, instruction in
            instruction.bytes(distanceToEnd: end - position - 1)
        }
    }

    /// The instructions for one value of `seccomp_data.arch`, entered with it in the accumulator.
    ///
    /// They leave for the answer or for libseccomp's program; for another architecture, by falling through.
    private static func block(token: UInt32, bounds: [(first: UInt32, last: UInt32)]) -> [Instruction] {
        var inner: [Instruction] = [.load(offset: BPFCode.numberOffset)]
        for (first, last) in bounds.sorted(by: { $0.first > $1.first }) {
            inner.append(Instruction(BPFCode.jumpGreater, last, ifTrue: .answer))
            if first > 0 { inner.append(Instruction(BPFCode.jumpGreaterOrEqual, first, ifTrue: .program)) }
        }
        inner.append(Instruction(BPFCode.jumpAlways, 0, ifTrue: .program))
        return [Instruction(BPFCode.jumpEqual, token, ifFalse: .skip(UInt8(inner.count)))] + inner
    }

    /// For each value of `seccomp_data.arch`, the ranges of numbers and the last that libseccomp knows in each.
    private static func bounds(_ architectures: [UInt32]) -> [(UInt32, [(first: UInt32, last: UInt32)])] {
        var result: [(UInt32, [(first: UInt32, last: UInt32)])] = []
        for architecture in architectures {
            // x32 shares its token with x86-64, and has numbers of its own.
            let isX32 = architecture == seccomp_arch_resolve_name("x32")
            let first: UInt32 = isX32 ? 0x4000_0000 : 0
            let token = isX32 ? seccomp_arch_resolve_name("x86_64") : architecture
            guard let last = lastKnown(architecture, from: first) else { continue }
            if let index = result.firstIndex(where: { $0.0 == token }) {
                result[index].1.append((first, last))
            } else {
                result.append((token, [(first, last)]))
            }
        }
        return result
    }

    /// The highest number for which libseccomp has a name.
    private static func lastKnown(_ architecture: UInt32, from first: UInt32) -> UInt32? {
        (0..<1024).reversed().lazy.map { first + UInt32($0) }.first { number in
            guard let name = seccomp_syscall_resolve_num_arch(architecture, CInt(bitPattern: number)) else {
                return false
            }
            free(name)
            return true
        }
    }
}

/// A classic BPF instruction whose jumps may still be open.
private struct Instruction {
    enum Target {
        /// This many instructions further.
        case skip(UInt8)
        /// The last instruction.
        case answer
        /// What follows the last instruction.
        case program
    }

    let code: UInt16
    let operand: UInt32
    let ifTrue: Target
    let ifFalse: Target

    init(_ code: UInt16, _ operand: UInt32, ifTrue: Target = .skip(0), ifFalse: Target = .skip(0)) {
        self.code = code
        self.operand = operand
        self.ifTrue = ifTrue
        self.ifFalse = ifFalse
    }

    /// Loads a number of 32 bits from `struct seccomp_data`.
    static func load(offset: UInt32) -> Self { Self(BPFCode.load, offset) }

    /// The instruction as it lies in memory.
    ///
    /// - Parameter distanceToEnd: How many instructions come after this one; the prologue is far shorter than 256.
    func bytes(distanceToEnd: Int) -> [UInt8] {
        func distance(_ target: Target) -> UInt8 {
            switch target {
            case .skip(let count): count
            case .answer: UInt8(distanceToEnd - 1)
            case .program: UInt8(distanceToEnd)
            }
        }
        var instruction = sock_filter(code: code, jt: distance(ifTrue), jf: distance(ifFalse), k: operand)
        if code == BPFCode.jumpAlways, case .program = ifTrue {
            // This jump's distance is its operand.
            instruction = sock_filter(code: code, jt: 0, jf: 0, k: UInt32(distanceToEnd))
        }
        return withUnsafeBytes(of: instruction) { Array($0) }
    }
}
