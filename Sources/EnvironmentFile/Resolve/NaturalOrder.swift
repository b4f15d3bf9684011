/// The order of keys in YAML: numbers in them by their value, letters after everything else.
enum NaturalOrder {
    /// Whether `left` stands before `right`: `a2` before `a10`, `_a` before `a`.
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (first, second) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        var isInNumber = false
        for index in 0..<min(first.count, second.count) {
            let (one, other) = (first[index], second[index])
            if one == other {
                isInNumber = isDigit(one)
                continue
            }
            switch (one.properties.isAlphabetic, other.properties.isAlphabetic) {
            case (true, true): return one < other
            // A number that goes on is larger than one that a letter ends.
            case (true, false): return isInNumber
            case (false, true): return !isInNumber
            case (false, false): return precedes(first, second, from: index)
            }
        }
        return first.count < second.count
    }

    private static func precedes(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar], from index: Int) -> Bool {
        // After a digit that is not zero the lengths decide before the values do: a one before both keeps them so.
        let before = first[..<index].reversed().prefix(while: isDigit)
        let starts = before.contains { $0 != "0" } && (first[index] == "0" || second[index] == "0")
        let (one, oneLength) = number(first[index...], startingWith: starts ? 1 : 0)
        let (other, otherLength) = number(second[index...], startingWith: starts ? 1 : 0)
        if one != other { return one < other }
        if oneLength != otherLength { return oneLength < otherLength }
        return first[index] < second[index]
    }

    private static func number(_ scalars: ArraySlice<Unicode.Scalar>, startingWith value: UInt64) -> (UInt64, Int) {
        let digits = scalars.prefix(while: isDigit)
        return (digits.reduce(value) { $0 &* 10 &+ UInt64($1.value & 0xF) }, digits.count)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
