import CLinux
import Glibc

/// The child's side of ``MappedProcess``: from the clone to execve(2).
///
/// Everything that allocates happens in the initialiser, before the clone: the caller may have threads, so that the
/// child may only make system calls.
final class MappedChild {
    /// What it does, for the report of a failure.
    enum Step: UInt8 {
        case mapUser = 1
        case mapGroup, locate, protect, execute

        var call: String {
            switch self {
            case .mapUser: "write uid_map"
            case .mapGroup: "write gid_map"
            case .locate: "open_tree"
            case .protect: "mount_setattr"
            case .execute: "execveat"
            }
        }
    }

    /// Above every number that the program gets, so that none is overwritten before it has been moved.
    private static let firstCopy = 64

    private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let argumentCount: Int
    private let path: UnsafeMutablePointer<CChar>
    private let userMap: UnsafeMutablePointer<CChar>
    private let groupMap: UnsafeMutablePointer<CChar>
    private let descriptors: UnsafeMutablePointer<CInt>
    private let count: Int
    private let program: OwnedDescriptor
    private let done: OwnedDescriptor
    private let unused: CInt
    private let report: OwnedDescriptor
    private let isProtected: Bool
    private let attributes = MountAttributes([.readOnly, .noDevices, .noSetUID]).rawValue

    /// - Parameters:
    ///   - descriptors: What the program gets as 0, 1, …; `nil`: what the caller has there.
    ///   - done: At its end nobody else is at work on the map.
    ///   - unused: The other end of it, which the child has inherited.
    ///   - report: Gets what goes wrong: the step, and errno(3) from the fifth byte on.
    ///   - isProtected: Whether the program is executed from a read-only mount.
    init(
        _ arguments: [String], descriptors: [CInt?], done: CInt, unused: CInt, report: CInt, isProtected: Bool
    ) throws(SystemCallError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        try checked("readlink", "/proc/self/exe") { readlink("/proc/self/exe", &buffer, buffer.count - 1) }
        let executable = try OwnedDescriptor.open("/proc/self/exe", clinux_O_PATH)
        program = try Self.raised(executable.rawValue)
        self.done = try Self.raised(done)
        self.report = try Self.raised(report)
        self.unused = unused
        self.isProtected = isProtected
        count = descriptors.count
        self.descriptors = .allocate(capacity: max(count, 1))
        for index in descriptors.indices {
            self.descriptors[index] = -1
            if let descriptor = descriptors[index] {
                self.descriptors[index] = try Self.raised(descriptor).release()
            }
        }
        argumentCount = arguments.count
        self.arguments = .allocate(capacity: argumentCount + 1)
        for (index, argument) in arguments.enumerated() { self.arguments[index] = strdup(argument) }
        self.arguments[argumentCount] = nil
        path = strdup(buffer)
        userMap = strdup("0 \(geteuid()) 1\n")
        groupMap = strdup("0 \(getegid()) 1\n")
    }

    deinit {
        for index in 0..<argumentCount { free(arguments[index]) }
        for index in 0..<count where descriptors[index] >= 0 { close(descriptors[index]) }
        for text in [path, userMap, groupMap] { free(text) }
        arguments.deallocate()
        descriptors.deallocate()
    }

    private static func raised(_ descriptor: CInt) throws(SystemCallError) -> OwnedDescriptor {
        OwnedDescriptor(
            adopting: CInt(try checked("fcntl") { clinux_fcntl(descriptor, F_DUPFD_CLOEXEC, firstCopy) }))
    }

    /// Runs in the child; never returns.
    func run() -> Never {
        // With this one open it would wait for itself.
        close(unused)
        var byte: UInt8 = 0
        while read(done.rawValue, &byte, 1) == -1, errno == EINTR {}
        becomeRoot()
        let image = isProtected ? protectedProgram() : program.rawValue
        for index in 0..<count where descriptors[index] >= 0 {
            if dup2(descriptors[index], CInt(index)) == -1 { fail(.execute) }
        }
        _ = clinux_execveat(image, empty, arguments, environ, clinux_AT_EMPTY_PATH)
        fail(.execute)
    }

    /// Maps what nobody has mapped: the caller, for which no privilege is needed.
    private func becomeRoot() {
        if geteuid() != 0, !Self.write(userMap, to: userMapFile) { fail(.mapUser) }
        guard getegid() != 0 else { return }
        // Without it the kernel lets nobody map a group who could not have dropped one (CVE-2014-8989).
        _ = Self.write(deny, to: setGroupsFile)
        if !Self.write(groupMap, to: groupMapFile) { fail(.mapGroup) }
    }

    /// The program's file on a read-only mount that is attached nowhere.
    private func protectedProgram() -> CInt {
        let flags = UInt32(OPEN_TREE_CLONE) | UInt32(O_CLOEXEC)
        let mount = clinux_open_tree(AT_FDCWD, path, flags)
        if mount == -1 { fail(.locate) }
        var (found, own) = (stat(), stat())
        if fstat(mount, &found) == -1 || fstat(program.rawValue, &own) == -1 { fail(.locate) }
        if found.st_ino != own.st_ino || found.st_dev != own.st_dev { fail(.locate, ESTALE) }
        var attribute = clinux_mount_attr()
        attribute.attr_set = attributes
        if clinux_mount_setattr(mount, empty, UInt32(clinux_AT_EMPTY_PATH), &attribute) == -1 { fail(.protect) }
        return mount
    }

    private func fail(_ step: Step, _ code: CInt = errno) -> Never {
        var bytes = (step.rawValue, 0 as UInt8, 0 as UInt8, 0 as UInt8, code)
        _ = Glibc.write(report.rawValue, &bytes, 8)
        _exit(126)
    }

    // MARK: What needs no memory

    // No globals: the first use of one may wait for a lock that another thread held at the clone.
    private let empty = MappedChild.constant("")
    private let deny = MappedChild.constant("deny")
    private let userMapFile = MappedChild.constant("/proc/self/uid_map")
    private let groupMapFile = MappedChild.constant("/proc/self/gid_map")
    private let setGroupsFile = MappedChild.constant("/proc/self/setgroups")

    private static func constant(_ text: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    private static func write(_ text: UnsafePointer<CChar>, to path: UnsafePointer<CChar>) -> Bool {
        let file = clinux_open(path, O_WRONLY | O_CLOEXEC, 0)
        guard file >= 0 else { return false }
        let count = strlen(text)
        let isWritten = Glibc.write(file, text, count) == count
        let code = errno
        close(file)
        errno = code
        return isWritten
    }
}
