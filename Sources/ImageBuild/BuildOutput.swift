/// Follows what mmdebstrap, apt and dpkg print, and tells how far they are.
struct BuildOutput {
    /// What is being done, for people.
    private(set) var step = "starting"
    /// 0...1.
    private(set) var fraction = 0.0
    /// The last lines, newest last.
    private(set) var tail: [String] = []
    /// What apt has said of why it can't go on, where that is something that the user can mend.
    private(set) var cause: ImageBuildError.Kind?

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
        } else if line.hasPrefix("E: "), cause == nil {
            cause = Self.cause(line.dropFirst("E: ".count))
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

    /// Reads apt's words, which are the same in every language that it is run in here.
    private static func cause(_ message: Substring) -> ImageBuildError.Kind? {
        let quoted = message.split(separator: "'", omittingEmptySubsequences: false).dropFirst().first.map(String.init)
        let words = message.split(separator: " ")
        let locate = "Unable to locate package "
        if message.hasPrefix(locate) { return .packageUnknown(String(message.dropFirst(locate.count))) }
        if message.hasPrefix("Package '"), message.hasSuffix("' has no installation candidate") {
            return quoted.map { .packageUnknown($0) }
        }
        // Version 'VERSION' for 'NAME' was not found
        if message.hasPrefix("Version '"), message.hasSuffix("was not found"), let quoted, words.count > 3 {
            return .packageUnknown("\(words[3].filter { $0 != "'" })=\(quoted)")
        }
        // The repository 'SITE SUITE Release' does not have a Release file.
        if message.hasPrefix("The repository '"), message.contains("does not have a Release file"), let quoted {
            let parts = quoted.split(separator: " ").map(String.init)
            return parts.count > 1 ? .suiteUnknown(parts[1], mirror: parts[0]) : nil
        }
        // Failed to fetch URL  REASON
        if message.hasPrefix("Failed to fetch "), words.count > 4 {
            return .mirrorUnreachable(String(words[3]), reason: words.dropFirst(4).joined(separator: " "))
        }
        return nil
    }
}
