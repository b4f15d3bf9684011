import CLinux
import Glibc

/// How much room a terminal has.
struct TerminalSize: Hashable {
    var columns: Int
    var rows: Int

    /// Of the terminal behind a descriptor, as it is now; `nil` where there is none, or it does not say.
    static func of(_ descriptor: CInt) -> TerminalSize? {
        var size = winsize()
        guard clinux_ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return nil
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
