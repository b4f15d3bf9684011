import Glibc

/// A small root file system with known owners and modes, made of the host's static busybox.
struct RootFileSystem {
    /// Programs that the tests call by name in a container.
    private static let applets = [
        "sh", "cat", "ls", "id", "stat", "touch", "sleep", "echo", "true", "false", "mount", "ps", "wget", "httpd",
        "dd",
        "mkdir", "rm", "readlink", "hostname", "test", "env", "pwd", "kill", "grep", "chmod", "ip", "mknod", "wc",
    ]

    private let scratch: Scratch
    private var root: String { "\(scratch.path)/rootfs" }

    /// Builds the tree below `rootfs` in the scratch directory, which is root's, as the image's files are to be.
    init(in scratch: Scratch) throws {
        self.scratch = scratch
        guard let program = readFile("/bin/busybox") ?? readFile("/usr/bin/busybox") else {
            throw SpawnError(call: "open /bin/busybox", code: ENOENT)
        }
        try scratch.write("", to: "rootfs/bin/busybox")
        try writeFile(program, to: "\(root)/bin/busybox")
        chmod("\(root)/bin/busybox", 0o755)
        for applet in Self.applets { symlink("busybox", "\(root)/bin/\(applet)") }
        try scratch.write(
            "root:x:0:0:root:/root:/bin/sh\nkeeper:x:1234:2345::/home/keeper:/bin/sh\n", to: "rootfs/etc/passwd")
        try scratch.write("root:x:0:\nkeepers:x:2345:\nextra:x:99:keeper\n", to: "rootfs/etc/group")
        try scratch.write("of the image\n", to: "rootfs/srv/data/file", mode: 0o640)
        symlink("file", "\(root)/srv/data/link")
        chown("\(root)/srv/data", 1234, 2345)
        chmod("\(root)/srv/data", 0o2770)
        chown("\(root)/srv/data/file", 1234, 99)
        try scratch.makeDirectory("rootfs/tmp", mode: 0o1777)
    }

    /// Packs it and returns the archive's path.
    func archive() throws -> String { try Self.pack(root, to: "\(scratch.path)/rootfs.tar") }

    /// Packs a directory into an archive and returns the archive's path.
    static func pack(_ root: String, to path: String) throws -> String {
        let tar = try ChildProcess(
            ["/usr/bin/env", "tar", "--numeric-owner", "-C", root, "-cf", path, "."],
            environment: ["PATH": "/usr/bin:/bin"])
        let outcome = try tar.wait()
        guard outcome.code == 0 else { throw Store.ImportFailed(error: outcome.error) }
        // Whoever imports it need not be who has made it.
        if let slash = path.lastIndex(of: "/") { chmod(String(path[..<slash]), 0o755) }
        return path
    }

    /// The name, in the tests' shared store, of the image that is made of it.
    static func image() throws -> String { try imported.get() }

    private static let imported = Result { () throws -> String in
        let scratch = try Scratch(for: .root)
        let archive = try RootFileSystem(in: scratch).archive()
        let outcome = try Harness.run(["image", "import", archive, "-t", "tests"], home: try Store.withBusybox())
        guard outcome.code == 0 else { throw Store.ImportFailed(error: outcome.error) }
        return "tests"
    }
}
