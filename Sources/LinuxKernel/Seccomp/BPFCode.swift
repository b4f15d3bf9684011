import CLinux

/// Operation codes of classic BPF, as far as filters here have them: the subset for which the kernel can find out at
/// installation which calls are always allowed (`seccomp_is_const_allow`), so as not to run the filter for them.
enum BPFCode {
    /// Loads 32 bits of `struct seccomp_data` into the accumulator.
    static let load = UInt16(BPF_LD | BPF_W | BPF_ABS)
    /// Clears bits of the accumulator.
    static let and = UInt16(BPF_ALU | BPF_AND | BPF_K)
    /// Skips as many instructions as its operand says.
    static let jumpAlways = UInt16(BPF_JMP | BPF_JA)
    static let jumpEqual = UInt16(BPF_JMP | BPF_JEQ | BPF_K)
    static let jumpGreater = UInt16(BPF_JMP | BPF_JGT | BPF_K)
    static let jumpGreaterOrEqual = UInt16(BPF_JMP | BPF_JGE | BPF_K)
    /// Jumps if the accumulator has one of the operand's bits.
    static let jumpSet = UInt16(BPF_JMP | BPF_JSET | BPF_K)
    /// Ends the filter with its operand.
    static let answer = UInt16(BPF_RET | BPF_K)

    /// Those with two targets, at most 255 instructions away.
    static let conditional = [jumpEqual, jumpGreater, jumpGreaterOrEqual, jumpSet]

    /// Where `struct seccomp_data` has the system call's number.
    static let numberOffset: UInt32 = 0
    /// Where `struct seccomp_data` has the architecture.
    static let architectureOffset: UInt32 = 4
}
