/// The same numbers on every run (SplitMix64).
struct Deterministic: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Changes bytes as an absent-minded or malicious author does.
struct Mutator {
    /// What is put in between: what means something to some part of the loader.
    static let fragments: [String] = [
        "&a ", "*a", "<<: ", "!!int ", "!reset ", "!override ", "${", "}", "$", "${A:-${B:-", "[", "{", "]", "\n",
        "\n  ",
        "- ", ": ", "\"", "'", "|\n", "\t", "---\n", "\u{0}", "\u{FEFF}", "é", "%TAG ! x\n", "99999999999999999999",
        "-1",
        "0x", "1e308", ".nan", "null", "~", "{}", "[]", "services", "image: ", "extends: a", "service:", "container:",
        "80-90:80-95/udp", "[::1]", "every_", "-5h", "include: [environment.yaml]\n", "2001-01-01", "=", "#",
    ]

    /// A text with one to eight changes.
    static func mutated(_ seed: String, _ random: inout Deterministic) -> [UInt8] {
        var bytes = Array(seed.utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch random.next() % 5 {
            case 0: bytes.removeSubrange(place..<end)
            case 1: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            case 2:
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            default:
                let fragment = Self.fragments.randomElement(using: &random) ?? ""
                bytes.insert(contentsOf: Array(fragment.utf8), at: place)
            }
        }
        return bytes
    }
}
