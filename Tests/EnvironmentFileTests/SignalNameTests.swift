import EnvironmentFile
import Testing

@Suite("A signal's name")
struct SignalNameTests {
    @Test(
        "stands for a number",
        arguments: [
            ("SIGTERM", 15), ("term", 15), ("SigQuit", 3), ("9", 9), ("64", 64), ("SIGRTMIN", 34), ("SIGRTMIN+3", 37),
            ("RTMIN+30", 64), ("SIGRTMAX", 64), ("SIGRTMAX-1", 63), ("SIGIOT", 6), ("SIGPOLL", 29), ("SIGWINCH", 28),
        ] as [(String, Int32)])
    func number(text: String, number: Int32) { #expect(SignalName.number(of: text) == number) }

    @Test(
        "is refused if it is none",
        arguments: [
            "", "SIG", "SIGFOO", "0", "65", "-9", "SIGRTMIN-1", "SIGRTMIN+31", "SIGRTMAX+1", "SIGRTMIN+", "SIGRTMIN++1",
            "SIGRTMIN+ 1", "99999999999999999999", "SIGRTMINx",
        ])
    func refused(text: String) { #expect(SignalName.number(of: text) == nil) }

    @Test(
        "is found by its number",
        arguments: [(15, "SIGTERM"), (6, "SIGABRT"), (34, "SIGRTMIN"), (37, "SIGRTMIN+3"), (99, "99")]
            as [(Int32, String)])
    func name(number: Int32, text: String) { #expect(SignalName.name(of: number) == text) }
}
