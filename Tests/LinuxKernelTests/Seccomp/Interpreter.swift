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
        let words = bytes.withUnsafeBytes { buffer in
            (0..<count).map { index in
                (
                    code: buffer.loadUnaligned(fromByteOffset: index * 8, as: UInt16.self),
                    jt: Int(buffer[index * 8 + 2]),
                    jf: Int(buffer[index * 8 + 3]),
                    k: buffer.loadUnaligned(fromByteOffset: index * 8 + 4, as: UInt32.self)
                )
            }
        }
        var accumulator: UInt32 = 0
        var position = 0
        var steps = 0
        while words.indices.contains(position) {
            let (code, jt, jf, k) = words[position]
            steps += 1
            position += 1
            switch code {
            case 0x20:  // ld [k]
                guard let word = call.word(at: Int(k)) else { throw InvalidProgram(position: position - 1, code: code) }
                accumulator = word
            case 0x54: accumulator &= k  // and #k
            case 0x05: position += Int(k)  // ja
            case 0x15: position += accumulator == k ? jt : jf  // jeq
            case 0x25: position += accumulator > k ? jt : jf  // jgt
            case 0x35: position += accumulator >= k ? jt : jf  // jge
            case 0x45: position += accumulator & k != 0 ? jt : jf  // jset
            case 0x06: return (k, steps)  // ret
            default: throw InvalidProgram(position: position - 1, code: code)
            }
        }
        throw InvalidProgram(position: position, code: 0)
    }
}
