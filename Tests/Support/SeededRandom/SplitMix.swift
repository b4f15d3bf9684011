/// A generator whose numbers are the same in every run (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators").
public struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    /// Starts the sequence of `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Up to `count` of `parts`, one after another.
    public mutating func text(of parts: [String], upTo count: Int) -> String {
        (0..<Int.random(in: 0...count, using: &self))
            .map { _ in parts[Int.random(in: parts.indices, using: &self)] }.joined()
    }
}
