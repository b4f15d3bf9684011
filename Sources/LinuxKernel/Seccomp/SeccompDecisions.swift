/// Consecutive numbers that mean the same.
struct SeccompInterval<Value: Equatable>: Equatable {
    /// The lowest number.
    var first: UInt32
    /// The highest number.
    var last: UInt32
    /// What they mean.
    var value: Value
}

/// All that a filter answers, told apart by architecture, number and arguments: the filter's meaning without its form.
///
/// Equal decisions are kept once and have the same identifier, which makes numbers with the same rules comparable.
struct SeccompDecisions {
    /// A 32-bit part of `struct seccomp_data` with some bits cleared.
    struct Field: Hashable {
        /// In bytes.
        let offset: UInt32
        /// The bits that count.
        var mask: UInt32 = .max
    }

    /// A comparison of a field, and which decision follows.
    struct Test: Hashable {
        let field: Field
        /// A conditional jump's operation code.
        let code: UInt16
        let operand: UInt32
        let ifTrue: Int
        let ifFalse: Int
    }

    enum Decision: Hashable {
        /// The filter's return value.
        case answer(UInt32)
        case test(Test)
    }

    private var decisions: [Decision] = []
    private var identifiers: [Decision: Int] = [:]

    subscript(identifier: Int) -> Decision { decisions[identifier] }

    /// The decision's identifier; the same for equal ones.
    mutating func identifier(of decision: Decision) -> Int {
        if case .test(let test) = decision, test.ifTrue == test.ifFalse { return test.ifTrue }
        if let known = identifiers[decision] { return known }
        decisions.append(decision)
        identifiers[decision] = decisions.count - 1
        return decisions.count - 1
    }
}
