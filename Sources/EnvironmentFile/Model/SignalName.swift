/// Signals by their names on Linux for x86 and ARM. See signal(7).
public enum SignalName {
    private static let numbers: [(name: String, number: Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("BUS", 7), ("FPE", 8), ("KILL", 9),
        ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15), ("STKFLT", 16),
        ("CHLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21), ("TTOU", 22), ("URG", 23), ("XCPU", 24),
        ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29), ("PWR", 30), ("SYS", 31), ("IOT", 6),
        ("CLD", 17), ("POLL", 29),
    ]
    /// glibc keeps 32 and 33 to itself.
    private static let firstRealTime: Int32 = 34
    private static let lastRealTime: Int32 = 64

    /// The names of all but the real-time signals, with `SIG`.
    public static var names: [String] { numbers.map { "SIG" + $0.name } }

    /// The number of a signal given by number, or by name in any case, with or without `SIG`: `SIGRTMIN+3`, `term`, `9`.
    ///
    /// `nil` for what is none.
    public static func number(of text: String) -> Int32? {
        if let number = Int32(text) { return (1...lastRealTime).contains(number) ? number : nil }
        var name = Substring(text.uppercased())
        if name.hasPrefix("SIG") { name = name.dropFirst(3) }
        if let entry = numbers.first(where: { $0.name == name }) { return entry.number }
        let base: Int32
        if name.hasPrefix("RTMIN") {
            base = firstRealTime
        } else if name.hasPrefix("RTMAX") {
            base = lastRealTime
        } else {
            return nil
        }
        let rest = name.dropFirst(5)
        guard !rest.isEmpty else { return base }
        guard rest.first == (base == firstRealTime ? "+" : "-"),
            rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let offset = Int32(rest.dropFirst()), offset <= lastRealTime - firstRealTime
        else { return nil }
        return base == firstRealTime ? base + offset : base - offset
    }

    /// The usual name of a number, `SIGTERM`; a number that has none as it is.
    public static func name(of number: Int32) -> String {
        if let entry = numbers.first(where: { $0.number == number }) { return "SIG" + entry.name }
        if (firstRealTime...lastRealTime).contains(number) {
            return number == firstRealTime ? "SIGRTMIN" : "SIGRTMIN+\(number - firstRealTime)"
        }
        return String(number)
    }
}
