import EmbeddedEngine
import Glibc

/// The colours that a terminal is given, or none.
///
/// Where it has 256 colours only such are used as can be read on light and on dark: their contrast (WCAG 2.1) is 3.9 or
/// more against white and against black. The first sixteen are the terminal's own affair.
struct Palette {
    private enum Kind {
        case none, basic, extended
    }

    private static let extendedNames = [30, 130, 164, 28, 63, 162, 64, 98, 31, 133]
    private static let basicNames = [36, 33, 35, 32, 34]

    private let kind: Kind

    /// For the terminal behind a descriptor; none where it is none, or plain text was asked for.
    init(for descriptor: CInt) {
        let variables = Places.variables
        let term = variables["TERM", default: ""]
        let isPlain =
            isatty(descriptor) != 1 || !variables["NO_COLOR", default: ""].isEmpty || variables["CI"] == "true"
            || term == "dumb"
        let isExtended = term.contains("256color") || !variables["COLORTERM", default: ""].isEmpty
        kind = isPlain ? .none : isExtended ? .extended : .basic
    }

    /// A name in the colour of its number.
    func name(_ text: String, _ number: Int) -> String {
        coloured(
            text, basic: Self.basicNames[number % Self.basicNames.count],
            extended: Self.extendedNames[number % Self.extendedNames.count])
    }

    /// What is as it should be.
    func good(_ text: String) -> String { coloured(text, basic: 32, extended: 28) }

    /// What is not.
    func bad(_ text: String) -> String { coloured(text, basic: 31, extended: 196) }

    private func coloured(_ text: String, basic: Int, extended: Int) -> String {
        switch kind {
        case .none: text
        case .basic: "\u{1b}[\(basic)m\(text)\u{1b}[0m"
        case .extended: "\u{1b}[38;5;\(extended)m\(text)\u{1b}[0m"
        }
    }
}
