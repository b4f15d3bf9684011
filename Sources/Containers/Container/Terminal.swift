import CLinux
import Glibc
import LinuxKernel

/// A pseudo-terminal of a container's own (pty(7)).
///
/// The process opens it in the container's own devpts, so that ttyname(3) finds it there, and sends the other side to
/// whoever started it, over the socket that it got in place of standard streams.
struct Terminal {
    private let leader: CInt
    private let peer: CInt

    /// Opens one. Before anything that the container shares with others is mounted: nobody can have put something else
    /// in the place of /dev/pts/ptmx then.
    static func open() throws -> Terminal {
        let leader = try OwnedDescriptor.open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW).release()
        var isLocked: CInt = 0
        try checked("ioctl", "TIOCSPTLCK") { clinux_ioctl(leader, clinux_TIOCSPTLCK, &isLocked) }
        // By the descriptor and not by the name /dev/pts/N, which could be another file by now.
        let peer = try checked("ioctl", "TIOCGPTPEER") {
            clinux_ioctl_value(leader, clinux_TIOCGPTPEER, Int(O_RDWR | O_NOCTTY | O_CLOEXEC))
        }
        return Terminal(leader: leader, peer: peer)
    }

    /// Makes it /dev/console too, as Docker does.
    func attachToConsole() throws {
        let path = "/dev/console"
        _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        let target = try OwnedDescriptor.open(path, clinux_O_PATH | O_NOFOLLOW)
        try DetachedMount(copying: "", in: peer).attach(onto: target.rawValue, called: path)
    }

    /// Sends the other side away over the socket and makes this one the standard streams.
    func install(sendingLeaderOver socket: CInt) throws(SystemCallError) {
        try PacketSocket(adopting: .duplicate(of: socket)).send([0], descriptors: [leader])
        let peer = peer
        for number: CInt in 0...2 { try checked("dup2") { dup2(peer, number) } }
    }

    /// Makes the standard input the controlling terminal of the calling process, the first of its session.
    static func control() throws(SystemCallError) {
        try checked("ioctl", "TIOCSCTTY") { clinux_ioctl_value(0, clinux_TIOCSCTTY, 0) }
    }
}
