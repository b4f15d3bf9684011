/// Follows what mmdebstrap, apt and dpkg print, and tells how far they are.
struct BuildOutput {
    /// What is being done, for people.
    private(set) var step = "starting"
    /// 0...1.
    private(set) var fraction = 0.0
    /// The last lines, newest last.
    private(set) var tail: [String] = []
    /// A name that apt did not find.
    private(set) var unknownPackage: String?

    private var line: [UInt8] = []
    private var expected = 0
    private var downloaded = 0
    private var handled = 0

    /// Lines that a failed build is explained with.
    static let tailLength = 20
    private static let lineLimit = 1000

    /// Takes what was printed; returns whether step or fraction have changed.
    mutating func append(_ bytes: some Sequence<UInt8>) -> Bool {
        let before = (step, fraction)
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                take(String(decoding: line, as: UTF8.self))
                line = []
            } else if line.count < Self.lineLimit {
                line.append(byte)
            }
        }
        return before != (step, fraction)
    }

    /// The last lines, those about errors alone where there are some.
    var explanation: [String] {
        let errors = tail.filter { $0.hasPrefix("E: ") || $0.hasPrefix("dpkg: error") }
        return errors.isEmpty ? tail : Array(tail.drop { !$0.hasPrefix("E: ") && !$0.hasPrefix("dpkg: error") })
    }

    private mutating func take(_ line: String) {
        guard !line.isEmpty else { return }
        tail.append(line)
        if tail.count > Self.tailLength { tail.removeFirst() }
        let words = line.split(separator: " ")
        if line.hasPrefix("I: ") {
            takePhase(line.dropFirst("I: ".count))
        } else if line.hasPrefix("Get:"), expected > 0 {
            downloaded += 1
            advance("downloading packages", 0.1 + 0.25 * share(downloaded, of: expected))
        } else if words.count > 1, ["Unpacking", "Setting"].contains(words[0]) {
            handled += 1
            let name = words[0] == "Setting" ? words.dropFirst(2).first : words[1]
            let verb = words[0] == "Setting" ? "configuring" : "unpacking"
            advance("\(verb) \(name ?? "")", 0.35 + 0.5 * share(handled, of: 2 * expected))
        } else if words.count > 3, words[1] == "upgraded,", words[3] == "newly", let count = Int(words[2]) {
            expected += count
        } else if let quoted = Self.unknownPackage(line) {
            unknownPackage = quoted
        }
    }

    private mutating func takePhase(_ phase: Substring) {
        if phase.hasPrefix("running apt-get update") {
            advance("reading package lists", 0.02)
        } else if phase.hasPrefix("downloading packages") {
            advance("downloading packages", 0.1)
        } else if phase.hasPrefix("extracting archives") {
            advance("unpacking the base system", 0.35)
        } else if phase.hasPrefix("cleaning package lists") {
            advance("cleaning up", 0.85)
        } else if phase.hasPrefix("creating tarball") {
            advance("storing the image", 0.87)
        }
    }

    private mutating func advance(_ step: String, _ fraction: Double) {
        self.step = step
        self.fraction = max(self.fraction, min(fraction, 1))
    }

    private func share(_ count: Int, of total: Int) -> Double { total > 0 ? min(1, Double(count) / Double(total)) : 0 }

    /// `E: Unable to locate package NAME`; `E: Package 'NAME' has no installation candidate`.
    private static func unknownPackage(_ line: String) -> String? {
        let prefix = "E: Unable to locate package "
        if line.hasPrefix(prefix) { return String(line.dropFirst(prefix.count)) }
        guard line.hasPrefix("E: Package '"), line.hasSuffix("' has no installation candidate") else { return nil }
        return line.split(separator: "'").dropFirst().first.map(String.init)
    }
}
