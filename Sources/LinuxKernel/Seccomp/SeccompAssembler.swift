import CLinux

/// Puts instructions together from the last to the first.
///
/// BPF only jumps forward: what is jumped to is there already, and so is its distance.
struct SeccompAssembler {
    /// Where a jump leads.
    enum Target: Hashable {
        /// A return value; an instruction for it is made where none is near.
        case answer(UInt32)
        /// The instruction that has so many after it.
        case instruction(Int)
    }

    /// A conditional jump skips 255 instructions at most; one may still come in between for its other target.
    private static let reach = 254

    private var reversed: [sock_filter] = []
    /// The answers that were made last.
    private var answers: [UInt32: Int] = [:]

    /// Makes a conditional jump.
    mutating func jump(_ code: UInt16, _ operand: UInt32, ifTrue: Target, ifFalse: Target) -> Target {
        if ifTrue == ifFalse { return ifTrue }
        let positive = nearby(ifTrue)
        let negative = nearby(ifFalse)
        // Distances beyond 255 do not get past these conversions.
        return append(
            sock_filter(code: code, jt: UInt8(distance(to: positive)), jf: UInt8(distance(to: negative)), k: operand))
    }

    /// Makes the accumulator a field before the instructions of a target.
    mutating func load(_ field: SeccompDecisions.Field, before target: Target) -> Target {
        // No answer depends on the accumulator.
        guard case .instruction = target else { return target }
        placeNext(target)
        if field.mask != .max { append(sock_filter(code: BPFCode.and, jt: 0, jf: 0, k: field.mask)) }
        return append(sock_filter(code: BPFCode.load, jt: 0, jf: 0, k: field.offset))
    }

    /// The whole program, which begins at the target.
    func program(from start: Target) -> [sock_filter] {
        var whole = self
        whole.placeNext(start)
        return whole.reversed.reversed()
    }

    @discardableResult
    private mutating func append(_ instruction: sock_filter) -> Target {
        reversed.append(instruction)
        return .instruction(reversed.count - 1)
    }

    /// How many instructions the next one skips to come to that one.
    private func distance(to index: Int) -> Int { reversed.count - 1 - index }

    /// Makes the target what follows the next instruction.
    private mutating func placeNext(_ target: Target) {
        switch target {
        case .answer(let value): append(sock_filter(code: BPFCode.answer, jt: 0, jf: 0, k: value))
        case .instruction(let index):
            if distance(to: index) > 0 { appendJump(to: index) }
        }
    }

    /// An instruction in reach that leads to the target.
    private mutating func nearby(_ target: Target) -> Int {
        switch target {
        case .answer(let value):
            if let index = answers[value], distance(to: index) <= Self.reach { return index }
            append(sock_filter(code: BPFCode.answer, jt: 0, jf: 0, k: value))
            answers[value] = reversed.count - 1
        case .instruction(let index):
            if distance(to: index) <= Self.reach { return index }
            appendJump(to: index)
        }
        return reversed.count - 1
    }

    private mutating func appendJump(to index: Int) {
        append(sock_filter(code: BPFCode.jumpAlways, jt: 0, jf: 0, k: UInt32(distance(to: index))))
    }
}
