import Glibc
import LinuxKernel

/// What a container reads from: nothing, or, with `stdin_open`, a pipe that stays open and that nobody writes to.
struct StandardInput: ~Copyable {
    let reader: OwnedDescriptor
    private let writer: SharedDescriptor?

    init(staysOpen: Bool) throws(SystemCallError) {
        guard staysOpen else {
            reader = try OwnedDescriptor.open("/dev/null", O_RDONLY)
            writer = nil
            return
        }
        let pipe = try OwnedDescriptor.pipe()
        writer = SharedDescriptor(try pipe.writer.duplicate())
        reader = pipe.takeReader()
    }

    /// The end to keep as long as the container runs.
    consuming func takeWriter() -> SharedDescriptor? { writer }
}
