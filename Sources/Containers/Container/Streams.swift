import CLinux
import Glibc
import LinuxKernel

/// The standard streams that came with a request: input, output, error; or, for a terminal, the socket over which its
/// other side goes back.
struct Streams {
    private let descriptors: [CInt]

    /// All three.
    var all: [CInt] { descriptors }

    init(_ descriptors: [CInt]) throws(SetupFailure) {
        guard descriptors.count == 3 else {
            throw SetupFailure(.systemCall, call: "recvmsg", subject: "descriptors", errno: EBADF)
        }
        self.descriptors = descriptors
    }

    /// Makes them the calling process's own, as they are.
    ///
    /// None of them has one of the numbers 0 to 2, which are open in the launcher.
    func install() throws(SystemCallError) {
        for (number, descriptor) in descriptors.enumerated() {
            try checked("dup2") { dup2(descriptor, CInt(number)) }
        }
    }

    /// Makes them, or a terminal, those of a process in a container, whose root is the calling process's own.
    ///
    /// The host's /dev/null stays outside: root in the container could change its mode or owner by the descriptor.
    func install(terminal: Terminal?) throws(SystemCallError) {
        if let terminal { return try terminal.install(sendingLeaderOver: descriptors[0]) }
        try install()
        for stream: CInt in 0...2 where Self.isNull(stream) { try replaceNull(stream) }
    }

    private func replaceNull(_ stream: CInt) throws(SystemCallError) {
        do throws(SystemCallError) {
            let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            let own = try OwnedDescriptor.open("/dev/null", flags)
            let number = own.rawValue
            if Self.isNull(number) {
                try checked("dup2") { dup2(number, stream) }
                return
            }
        } catch {
            // The container has taken its own away, or put something else in its place.
        }
        // Nothing to read, nobody to write to.
        let pipe = try OwnedDescriptor.pipe()
        let end = stream == 0 ? pipe.reader.rawValue : pipe.writer.rawValue
        try checked("dup2") { dup2(end, stream) }
    }

    private static func isNull(_ descriptor: CInt) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return false }
        return status.st_rdev == clinux_makedev(1, 3)
    }
}
