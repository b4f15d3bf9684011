import Glibc
import Testing

/// Run by a user, whose folder XDG_RUNTIME_DIR gives; that of root is one for the machine.
@Suite(
    "A runtime folder that somebody else has a hand in", .needsRoot(), .onlyAsRoot("makes files of two users"),
    .serialized
)
struct RuntimeFolderTests {
    private static let text = """
        services: {web: {image: busybox, command: [sleep, "1000"], volumes: ["data:/data"], stop_grace_period: 1s}}
        volumes: {data: {}}
        """

    /// What is in the place of $XDG_RUNTIME_DIR/harness.
    enum Place: CaseIterable {
        case link, othersDirectory, writable, file

        func make(at path: String, for caller: Caller, in scratch: Scratch) throws {
            switch self {
            case .link: symlink(try scratch.makeDirectory("elsewhere"), path)
            case .othersDirectory: mkdir(path, 0o755)
            case .writable:
                mkdir(path, 0o777)
                try caller.own(path)
                chmod(path, 0o777)
            case .file: try writeFile([], to: path)
            }
            if self == .link || self == .file { try caller.own(path) }
        }

        var reason: String { self == .link || self == .file ? "Not a directory" : "Operation not permitted" }
    }

    private let scratch: Scratch
    private let folder: String

    init() throws {
        scratch = try Scratch(for: .plain)
        folder = try scratch.makeDirectory("run", mode: 0o700)
    }

    private func stack() throws -> LocalStack {
        try LocalStack(Self.text, caller: .plain, variables: ["XDG_RUNTIME_DIR": folder])
    }

    @Test(
        "is refused by every command with the path and a remedy, and nothing is put into it", arguments: Place.allCases)
    func refused(place: Place) throws {
        let stack = try stack()
        let path = "\(folder)/harness"
        try place.make(at: path, for: .plain, in: scratch)
        for command in [
            ["up", "-d"], ["ps"], ["exec", "web", "true"], ["ls"], ["down"], ["gc"], ["run", "--", "true"],
        ] {
            let outcome = try stack.run(command)
            #expect(outcome.code == 125, "\(command): \(outcome.error)")
            #expect(outcome.error.contains("\(path): \(place.reason)"), "\(command): \(outcome.error)")
            #expect(outcome.error.contains("it must be a directory of your own"), "\(command): \(outcome.error)")
        }
        #expect(entries(path) == [] && entries("\(scratch.path)/elsewhere") == [])
        unlink(path)
        rmdir(path)
        try stack.up()
        #expect(try stack.harness("down", "-v").code == 0)
    }

    @Test("a link, a file or a directory in the place of the environment's own makes room for it")
    func inItsPlace() throws {
        let stack = try stack()
        try stack.up()
        let own = try #require(entries("\(folder)/harness").first)
        #expect(try stack.harness("down").code == 0)
        let path = "\(folder)/harness/\(own)"
        let elsewhere = try scratch.makeDirectory("elsewhere")
        let makers: [() throws -> Void] = [
            { symlink(elsewhere, path) }, { try writeFile([], to: path) }, { mkdir(path, 0o755) },
        ]
        for make in makers {
            try make()
            #expect(try stack.harness("ps").error.contains("is not up"))
            try stack.up()
            #expect(try stack.state("web") == "running")
            #expect(try stack.harness("down").code == 0)
            #expect(entries("\(folder)/harness") == [])
        }
        // One that can't be looked into may be in use.
        mkdir(path, 0o700)
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 125)
        #expect(outcome.error.contains("\(path): Permission denied\n  help: it must be"), "\(outcome.error)")
        #expect(try stack.harness("gc").code == 0)
        try stack.up()
    }

    @Test("a socket of somebody else is not spoken with")
    func foreignSocket() throws {
        let stack = try stack()
        try stack.up()
        let own = try #require(entries("\(folder)/harness").first)
        #expect(try stack.harness("down").code == 0)
        let path = "\(folder)/harness/\(own)"
        mkdir(path, 0o755)
        // A user who is neither the caller nor root.
        let listener = try ChildProcess(
            [
                "/usr/bin/python3", "-c",
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777)
                os.setuid(64322); s.listen(5); print('up', flush=True)
                while True: s.accept()[0].recv(1000)
                """, "\(path)/control",
            ], environment: [:])
        try listener.waitForOutput("up")
        for command in [["ps"], ["exec", "web", "true"], ["down"]] {
            let outcome = try stack.run(command)
            #expect(outcome.code == 125, "\(command): \(outcome.error)")
            #expect(outcome.error.contains("is another user's"), "\(command): \(outcome.error)")
        }
        listener.send(SIGKILL)
        _ = try listener.wait()
        for name in entries(path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    @Test(
        "removed while the environment is up, nothing of it stays, and it goes up again with its volumes",
        arguments: [false, true])
    func removed(withRoot: Bool) throws {
        let stack = try stack()
        try stack.up()
        _ = try stack.shell("web", "echo kept > /data/file")
        let path = withRoot ? folder : "\(folder)/harness"
        for file in tree(path).reversed() { remove(file) }
        try stack.eventually("the end") { try stack.harness("ps").error.contains("is not up") }
        let check = try LeakCheck(stack.fixture)
        #expect(try check.leftovers(withDirectories: false) == [])
        try stack.up()
        #expect(try stack.shell("web", "cat /data/file") == "kept")
    }

    @Test("without room for a directory 'up' says so, leaves nothing, and works when there is")
    func full() throws {
        let mounted = try SmallFileSystem(
            at: try scratch.makeDirectory("small", mode: 0o700),
            options: "nr_inodes=3,mode=0700,uid=64321,gid=64321")
        let stack = try LocalStack(Self.text, caller: .plain, variables: ["XDG_RUNTIME_DIR": mounted.path])
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 125)
        #expect(outcome.error.contains("No space left on device"), "\(outcome.error)")
        #expect(try LeakCheck(stack.fixture).leftovers(withDirectories: false) == [])
        try mounted.remount("nr_inodes=100")
        try stack.up()
        #expect(try stack.harness("down", "-v").code == 0)
        #expect(entries("\(mounted.path)/harness") == [])
    }
}
