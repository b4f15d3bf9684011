import CLinux

/// Finds out what a filter answers to each system call, by running it on whole ranges of calls at once.
///
/// Architecture and number are taken as known, and each run tells up to which number it would go the same way: all
/// 2^64 pairs take about as many runs as the filter has comparisons. Arguments are unknown: where they are compared,
/// both ways are gone.
struct SeccompReader {
    /// An instruction outside the subset that libseccomp makes; what it means is not known here.
    struct UnsupportedInstruction: Error, Equatable {
        let position: Int
    }

    /// Decisions by number, for ranges of values of `seccomp_data.arch`.
    typealias Table = [SeccompInterval<[SeccompInterval<Int>]>]

    private let program: [sock_filter]
    private(set) var decisions = SeccompDecisions()
    /// What was decided with the present architecture and number, from some point on.
    private var visited: [Point: Int] = [:]

    init(_ program: [sock_filter]) { self.program = program }

    /// Runs the filter on everything.
    mutating func read() throws(UnsupportedInstruction) -> Table {
        var architectures = Table()
        var architecture = Known(value: 0)
        while true {
            let numbers = try readNumbers(&architecture)
            Self.add(numbers, for: architecture, to: &architectures)
            guard let next = architecture.next else { return architectures }
            architecture = next
        }
    }

    private mutating func readNumbers(
        _ architecture: inout Known
    ) throws(UnsupportedInstruction) -> [SeccompInterval<Int>] {
        var numbers: [SeccompInterval<Int>] = []
        var number = Known(value: 0)
        while true {
            visited.removeAll(keepingCapacity: true)
            let decision = try decide(from: 0, accumulator: .undefined, &architecture, &number)
            Self.add(decision, for: number, to: &numbers)
            guard let next = number.next else { return numbers }
            number = next
        }
    }

    private static func add<Value>(_ value: Value, for known: Known, to intervals: inout [SeccompInterval<Value>]) {
        if let end = intervals.indices.last, intervals[end].value == value {
            intervals[end].last = known.last
        } else {
            intervals.append(SeccompInterval(first: known.value, last: known.last, value: value))
        }
    }

    /// Runs from one instruction to the end, and gives the decision's identifier.
    private mutating func decide(
        from start: Int, accumulator initial: Accumulator, _ architecture: inout Known, _ number: inout Known
    ) throws(UnsupportedInstruction) -> Int {
        var position = start
        var accumulator = initial
        while program.indices.contains(position) {
            let instruction = program[position]
            switch (instruction.code, accumulator) {
            case (BPFCode.load, _): accumulator = Accumulator(offset: instruction.k)
            case (BPFCode.and, .field(var field)):
                field.mask &= instruction.k
                accumulator = field.mask == 0 ? .zero : .field(field)
            case (BPFCode.jumpAlways, _): position += Int(instruction.k)
            case (BPFCode.answer, _): return decisions.identifier(of: .answer(instruction.k))
            case (_, .field(let field)) where BPFCode.conditional.contains(instruction.code):
                return try branch(at: position, on: field, &architecture, &number)
            case (_, .architecture):
                guard let holds = architecture.satisfies(instruction) else { throw .init(position: position) }
                position += Int(holds ? instruction.jt : instruction.jf)
            case (_, .number):
                guard let holds = number.satisfies(instruction) else { throw .init(position: position) }
                position += Int(holds ? instruction.jt : instruction.jf)
            case (_, .zero):
                var zero = Known(value: 0)
                guard let holds = zero.satisfies(instruction) else { throw .init(position: position) }
                position += Int(holds ? instruction.jt : instruction.jf)
            default: throw .init(position: position)
            }
            position += 1
        }
        throw .init(position: position)
    }

    /// Goes both ways from a comparison of what is unknown.
    private mutating func branch(
        at position: Int, on field: SeccompDecisions.Field, _ architecture: inout Known, _ number: inout Known
    ) throws(UnsupportedInstruction) -> Int {
        let point = Point(position: position, field: field)
        if let known = visited[point] { return known }
        let instruction = program[position]
        let ifTrue = try decide(
            from: position + 1 + Int(instruction.jt), accumulator: .field(field), &architecture, &number)
        let ifFalse = try decide(
            from: position + 1 + Int(instruction.jf), accumulator: .field(field), &architecture, &number)
        let decision = decisions.identifier(
            of: .test(
                SeccompDecisions.Test(
                    field: field, code: instruction.code, operand: instruction.k, ifTrue: ifTrue, ifFalse: ifFalse)))
        visited[point] = decision
        return decision
    }

    private struct Point: Hashable {
        let position: Int
        let field: SeccompDecisions.Field
    }

    private enum Accumulator {
        case undefined, number, architecture
        /// What is left where no bit counts: libseccomp does so with the upper half of a 32-bit mask.
        case zero
        case field(SeccompDecisions.Field)

        init(offset: UInt32) {
            switch offset {
            case BPFCode.numberOffset: self = .number
            case BPFCode.architectureOffset: self = .architecture
            default: self = .field(SeccompDecisions.Field(offset: offset))
            }
        }
    }
}

/// A number that stands for all from it to a last one: none of the comparisons made so far tells them apart.
private struct Known {
    let value: UInt32
    private(set) var last: UInt32

    init(value: UInt32) {
        self.value = value
        last = .max
    }

    /// The first number that was not stood for.
    var next: Self? { last < .max ? Self(value: last + 1) : nil }

    /// Whether a conditional jump's comparison holds; `nil` for an instruction that is none of an order.
    mutating func satisfies(_ instruction: sock_filter) -> Bool? {
        let operand = instruction.k
        switch instruction.code {
        case BPFCode.jumpEqual:
            if value <= operand { last = min(last, value == operand ? value : operand - 1) }
            return value == operand
        case BPFCode.jumpGreater:
            if value <= operand { last = min(last, operand) }
            return value > operand
        case BPFCode.jumpGreaterOrEqual:
            if value < operand { last = min(last, operand - 1) }
            return value >= operand
        default: return nil
        }
    }
}
