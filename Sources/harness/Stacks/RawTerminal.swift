import CLinux
import Glibc
import LinuxKernel

/// The caller's terminal handed through to a program: bytes as they come, signals as bytes; put back at the end.
final class RawTerminal {
    private let descriptor: CInt
    private let before: termios

    /// - Parameter descriptor: A terminal that stays open.
    init(_ descriptor: CInt) throws(SystemCallError) {
        self.descriptor = descriptor
        var settings = termios()
        try checked("tcgetattr") { tcgetattr(descriptor, &settings) }
        before = settings
        cfmakeraw(&settings)
        try checked("tcsetattr") { tcsetattr(descriptor, TCSANOW, &settings) }
    }

    /// Puts the terminal back.
    func restore() {
        var settings = before
        _ = tcsetattr(descriptor, TCSADRAIN, &settings)
    }

    /// Gives a pseudo-terminal the size of the caller's.
    static func copySize(from source: CInt, to target: CInt) {
        var size = winsize()
        guard clinux_ioctl(source, UInt(TIOCGWINSZ), &size) == 0 else { return }
        _ = clinux_ioctl(target, UInt(TIOCSWINSZ), &size)
    }
}
