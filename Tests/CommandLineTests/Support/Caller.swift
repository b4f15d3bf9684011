import CLinux
import Glibc
import Testing

/// Who starts `harness` in a test.
///
/// The variable HARNESS_TEST_CALLER (`root`, `user`, `plain`) makes any suite run as another; the test process itself
/// stays root, so that it can look at what is left behind.
enum Caller: String, Sendable, CaseIterable {
    /// Whoever runs the tests.
    case root
    /// An unprivileged user with subordinate ids.
    case user
    /// An unprivileged user without subordinate ids, and without a line in /etc/passwd.
    case plain

    static let standard = variable("HARNESS_TEST_CALLER").flatMap(Caller.init) ?? .root

    /// The user's number.
    var uid: uid_t {
        get throws {
            switch self {
            case .root: geteuid()
            case .user: try Self.prepared.get()
            // No distribution gives it out.
            case .plain: 64_321
            }
        }
    }

    /// The group's number.
    var gid: gid_t { get throws { try uid } }

    /// What stands in front of a command so that this user runs it.
    var prefix: [String] {
        get throws {
            guard self != .root else { return [] }
            return ["/usr/bin/setpriv", "--reuid=\(try uid)", "--regid=\(try gid)", "--clear-groups", "--"]
        }
    }

    /// The program: for others than root a copy that they own, since they may not get at the build's folder, and since
    /// that is whose program a container must not be able to change.
    var binary: String {
        get throws {
            switch self {
            case .root: Harness.binary
            case .user: try Self.userBinary.get()
            case .plain: try Self.plainBinary.get()
            }
        }
    }

    /// Variables that a session of the user would have.
    var variables: [String: String] {
        get throws {
            guard self != .root else { return ["HOME": "/root"] }
            return ["HOME": try place, "XDG_RUNTIME_DIR": try runtimeDirectory]
        }
    }

    /// The directory in which the user's runs have theirs.
    var runtimeDirectory: String { get throws { self == .root ? "/run" : "\(try place)/run" } }

    /// A directory of the user's own, kept from run to run.
    var place: String { get throws { try Self.places[self]?.get() ?? "/root" } }

    /// Gives a file to the user.
    func own(_ path: String) throws {
        guard self != .root else { return }
        guard lchown(path, try uid, try gid) == 0 else { throw SpawnError(call: "chown \(path)", code: errno) }
    }

    private static let places: [Caller: Result<String, any Error>] = [
        .user: Result { try makePlace(.user) }, .plain: Result { try makePlace(.plain) },
    ]
    private static let userBinary = Result { try copyBinary(for: .user) }
    private static let plainBinary = Result { try copyBinary(for: .plain) }

    /// The user `harness-tests`, made at need.
    private static let prepared = Result { () throws -> uid_t in
        let script = try ChildProcess(
            ["\(repository)/Scripts/prepare-test-user"], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        let outcome = try script.wait()
        let name = outcome.output.split(separator: "\n").last.map(String.init) ?? ""
        guard outcome.code == 0, let entry = getpwnam(name) else { throw Store.ImportFailed(error: outcome.error) }
        return entry.pointee.pw_uid
    }

    private static func makePlace(_ caller: Caller) throws -> String {
        let path = "/var/tmp/harness-tests-\(try caller.uid)"
        for directory in [path, "\(path)/run"] {
            mkdir(directory, 0o700)
            var status = stat()
            guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                [0, try caller.uid].contains(status.st_uid)
            else { throw SpawnError(call: "mkdir \(directory)", code: EEXIST) }
            try caller.own(directory)
        }
        return path
    }

    private static func copyBinary(for caller: Caller) throws -> String {
        let place = try caller.place
        // The helper that speaks to registries is looked for beside the program.
        for file in [Harness.binary, Harness.binary + "-registry"] where access(file, F_OK) == 0 {
            let path = "\(place)/\(file.split(separator: "/").last ?? "")"
            let copy = try ChildProcess(["/bin/cp", "--remove-destination", file, path], environment: [:])
            let outcome = try copy.wait()
            guard outcome.code == 0 else { throw Store.ImportFailed(error: outcome.error) }
            try caller.own(path)
        }
        return "\(place)/\(Harness.binary.split(separator: "/").last ?? "")"
    }
}

extension Trait where Self == ConditionTrait {
    /// The test is of what only the machine's root can do; `why` says what that is.
    static func onlyAsRoot(_ why: Comment) -> Self { .enabled(if: Caller.standard == .root, why) }

    /// The test needs more than one user in a container.
    static func needsUsers() -> Self {
        .enabled(if: Caller.standard != .plain, "without subordinate ids a container has no user but root")
    }
}
