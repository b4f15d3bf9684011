import CLinux

/// Writes decisions as a short filter: a binary search for ranges of numbers with the same decision.
///
/// Installing a filter costs some 0.2 µs for each instruction, which is checked, translated and compiled, and 2 ns for
/// each step that a number takes: the kernel tries all numbers of the native architecture and its 32-bit sibling. So
/// a hundred numbers may take one step more to save an instruction.
struct SeccompLayout {
    private typealias Target = SeccompAssembler.Target

    /// How many single numbers are asked for in turn where all others in their range have one decision.
    ///
    /// Such a number takes one instruction; as a range of its own, two.
    static let longestChain = 4

    private var assembler = SeccompAssembler()
    private let decisions: SeccompDecisions
    /// Decisions that are written already, by identifier and the field that is loaded before.
    private var written: [Key: Target] = [:]

    /// The same filter in as few instructions as is known; itself where it has instructions of another kind.
    static func shortened(_ program: [sock_filter]) -> [sock_filter] {
        var reader = SeccompReader(program)
        do throws(SeccompReader.UnsupportedInstruction) {
            let table = try reader.read()
            var layout = Self(decisions: reader.decisions)
            let result = layout.program(for: table)
            return result.count < program.count ? result : program
        } catch {
            return program
        }
    }

    private init(decisions: SeccompDecisions) { self.decisions = decisions }

    private mutating func program(for table: SeccompReader.Table) -> [sock_filter] {
        let architecture = SeccompDecisions.Field(offset: BPFCode.architectureOffset)
        let number = SeccompDecisions.Field(offset: BPFCode.numberOffset)
        let search = write(Segment.divide(table)[...]) { layout, numbers in
            let search = layout.write(Segment.divide(numbers)[...]) { layout, decision in
                layout.write(decision, loaded: number)
            }
            return layout.assembler.load(number, before: search)
        }
        let start = assembler.load(architecture, before: search)
        return assembler.program(from: start)
    }

    /// Writes the search for a segment and what is done in each.
    private mutating func write<Value>(
        _ segments: ArraySlice<Segment<Value>>, with writeValue: (inout Self, Value) -> Target
    ) -> Target {
        guard segments.count > 1 else {
            return segments.first.map { write($0, with: writeValue) } ?? .answer(0)
        }
        let middle = Segment.middle(of: segments)
        let above = write(segments[middle...], with: writeValue)
        let below = write(segments[..<middle], with: writeValue)
        return assembler.jump(BPFCode.jumpGreaterOrEqual, segments[middle].first, ifTrue: above, ifFalse: below)
    }

    /// Writes the questions for single numbers, the highest first: of two architectures, it has 64 bits.
    private mutating func write<Value>(
        _ segment: Segment<Value>, with writeValue: (inout Self, Value) -> Target
    ) -> Target {
        let targets = segment.exceptions.map { writeValue(&self, $0.value) }
        var chain = writeValue(&self, segment.base)
        for (exception, target) in zip(segment.exceptions, targets) {
            chain = assembler.jump(BPFCode.jumpEqual, exception.first, ifTrue: target, ifFalse: chain)
        }
        return chain
    }

    /// Writes a decision about arguments.
    private mutating func write(_ identifier: Int, loaded: SeccompDecisions.Field) -> Target {
        switch decisions[identifier] {
        case .answer(let value): return .answer(value)
        case .test(let test):
            let key = Key(identifier: identifier, isLoaded: test.field == loaded)
            if let target = written[key] { return target }
            let ifTrue = write(test.ifTrue, loaded: test.field)
            let ifFalse = write(test.ifFalse, loaded: test.field)
            let jump = assembler.jump(test.code, test.operand, ifTrue: ifTrue, ifFalse: ifFalse)
            let target = key.isLoaded ? jump : assembler.load(test.field, before: jump)
            written[key] = target
            return target
        }
    }

    private struct Key: Hashable {
        let identifier: Int
        let isLoaded: Bool
    }
}

/// A range of numbers with one meaning but for some single numbers.
private struct Segment<Value: Equatable> {
    let first: UInt32
    let base: Value
    let exceptions: [SeccompInterval<Value>]
    let weight: Int

    /// Cuts intervals that follow one another into segments, each as long as it can be.
    static func divide(_ intervals: [SeccompInterval<Value>]) -> [Self] {
        var segments: [Self] = []
        var rest = intervals[...]
        while let first = rest.first {
            // The first interval may be an exception itself.
            var base = first.value
            var length = Self.length(of: rest, base: base)
            if let second = rest.dropFirst().first, Self.length(of: rest, base: second.value) > length {
                base = second.value
                length = Self.length(of: rest, base: base)
            }
            let part = rest.prefix(length)
            segments.append(
                Self(
                    first: first.first, base: base, exceptions: part.filter { $0.value != base },
                    weight: part.reduce(0) { $0 + weight(of: $1) }))
            rest = rest.dropFirst(length)
        }
        return segments
    }

    /// How many of the intervals make one segment with this base; at least one.
    private static func length(of intervals: ArraySlice<SeccompInterval<Value>>, base: Value) -> Int {
        var exceptions = 0
        var length = 0
        for interval in intervals {
            if interval.value != base {
                exceptions += 1
                guard interval.first == interval.last, exceptions <= SeccompLayout.longestChain else { break }
            }
            length += 1
        }
        return length
    }

    /// How much it matters that an interval is found soon.
    ///
    /// The kernel tries the numbers that it has, fewer than 512, and not those of x32, which have bit 30 set.
    private static func weight(of interval: SeccompInterval<Value>) -> Int {
        func common(with range: ClosedRange<UInt32>) -> Int {
            let overlap = (interval.first...interval.last).clamped(to: range)
            return interval.first <= range.upperBound && interval.last >= range.lowerBound ? overlap.count : 0
        }
        return 1 + 64 * common(with: 0...511) + common(with: 0x4000_0000...0x4000_03FF)
    }

    /// The index that divides segments into two parts of about the same weight; neither is empty.
    static func middle(of segments: ArraySlice<Self>) -> Int {
        let whole = segments.reduce(0) { $0 + $1.weight }
        var below = 0
        var best = (index: segments.startIndex + 1, excess: Int.max)
        for index in segments.indices.dropFirst() {
            below += segments[index - 1].weight
            let excess = abs(whole - 2 * below)
            if excess < best.excess { best = (index, excess) }
        }
        return best.index
    }
}
