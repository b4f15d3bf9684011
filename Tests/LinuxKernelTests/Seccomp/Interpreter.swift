@testable import LinuxKernel

/// A system call as a filter sees it: `struct seccomp_data`.
struct SystemCall {
    var architecture: UInt32
    var number: UInt32
    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]

    /// The 32-bit number at an offset, on a little-endian machine.
    func word(at offset: Int) -> UInt32? {
        switch offset {
        case 0: return number
        case 4: return architecture
        case 8, 12: return 0
        case 16..<64 where offset.isMultiple(of: 4):
            let argument = arguments[(offset - 16) / 8]
            return UInt32(truncatingIfNeeded: offset.isMultiple(of: 8) ? argument : argument >> 32)
        default: return nil
        }
    }
}

/// What a filter did that no filter may.
struct InvalidProgram: Error {
    let position: Int
    let code: UInt16
}

extension SeccompProgram {
    /// Runs the program as the kernel would; gives its return value and the number of instructions it took.
    func run(_ call: SystemCall) throws -> (value: UInt32, steps: Int) {
        let result = try InterpretedProgram(bytes: bytes).run(call)
        return (result.value, result.steps)
    }
}

/// A program taken apart for many runs.
struct InterpretedProgram {
    private struct Instruction {
        let code: UInt16
        let jt: Int
        let jf: Int
        let k: UInt32
    }

    struct Result {
        let value: UInt32
        /// How many instructions it took.
        let steps: Int
        /// Whether one of them loaded more than number and architecture.
        let readsArguments: Bool
    }

    private let instructions: [Instruction]

    var count: Int { instructions.count }

    init(bytes: [UInt8]) {
        instructions = bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: 8).map { offset in
                Instruction(
                    code: buffer.loadUnaligned(fromByteOffset: offset, as: UInt16.self),
                    jt: Int(buffer[offset + 2]), jf: Int(buffer[offset + 3]),
                    k: buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
            }
        }
    }

    /// Runs the program as the kernel would.
    func run(_ call: SystemCall) throws -> Result {
        var accumulator: UInt32 = 0
        var position = 0
        var steps = 0
        var readsArguments = false
        while instructions.indices.contains(position) {
            let instruction = instructions[position]
            let (jt, jf, k) = (instruction.jt, instruction.jf, instruction.k)
            steps += 1
            position += 1
            switch instruction.code {
            case 0x20:  // ld [k]
                guard let word = call.word(at: Int(k)) else {
                    throw InvalidProgram(position: position - 1, code: instruction.code)
                }
                accumulator = word
                if k >= 8 { readsArguments = true }
            case 0x54: accumulator &= k  // and #k
            case 0x05: position += Int(k)  // ja
            case 0x15: position += accumulator == k ? jt : jf  // jeq
            case 0x25: position += accumulator > k ? jt : jf  // jgt
            case 0x35: position += accumulator >= k ? jt : jf  // jge
            case 0x45: position += accumulator & k != 0 ? jt : jf  // jset
            case 0x06: return Result(value: k, steps: steps, readsArguments: readsArguments)  // ret
            default: throw InvalidProgram(position: position - 1, code: instruction.code)
            }
        }
        throw InvalidProgram(position: position, code: 0)
    }
}
