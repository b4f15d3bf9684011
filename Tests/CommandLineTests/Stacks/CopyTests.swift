import CLinux
import Glibc
import Testing

@Suite("cp", .needsRoot(), .serialized)
struct CopyTests {
    private static let text = """
        services:
          web:
            image: busybox
            command: [sleep, "1000"]
        """

    private func stack(_ text: String = CopyTests.text) throws -> LocalStack {
        let stack = try LocalStack(text)
        try stack.up()
        return stack
    }

    private func read(_ stack: LocalStack, _ path: String) throws -> String {
        try #require(readText("\(stack.folder)/\(path)"))
    }

    private func status(_ stack: LocalStack, _ path: String) throws -> stat {
        var status = stat()
        try #require(lstat("\(stack.folder)/\(path)", &status) == 0)
        return status
    }

    @Test("a file goes in and out: under a name, into a directory, over another")
    func files() throws {
        let stack = try stack()
        try stack.fixture.scratch.write("one", to: "a.txt")
        #expect(try stack.harness("cp", "a.txt", "web:/etc/b.txt").code == 0)
        #expect(try stack.harness("cp", "a.txt", "web:/tmp").code == 0)
        #expect(try stack.harness("cp", "a.txt", "web:/tmp/").code == 0)
        #expect(try stack.shell("web", "cat /etc/b.txt /tmp/a.txt; stat -c %u:%g /etc/b.txt") == "oneone0:0")
        try stack.fixture.scratch.write("two", to: "a.txt")
        #expect(try stack.harness("cp", "a.txt", "web:/etc/b.txt").code == 0)
        #expect(try stack.harness("cp", "web:/etc/b.txt", "c.txt").code == 0)
        #expect(try read(stack, "c.txt") == "two")
        #expect(try stack.harness("cp", "web:etc/b.txt", ".").code == 0)
        #expect(try read(stack, "b.txt") == "two")
    }

    @Test("a directory goes into one that is there, else takes its name; PATH/. is what is in it")
    func directories() throws {
        let stack = try stack()
        _ = try stack.shell(
            "web", "mkdir -p /d/sub && echo x >/d/sub/f && ln -s sub/f /d/l && mkfifo /d/p && chmod 750 /d")
        #expect(try stack.harness("cp", "web:/d", "new").code == 0)
        #expect(try read(stack, "new/sub/f") == "x\n")
        #expect(try status(stack, "new").st_mode & 0o7777 == 0o750)
        #expect(try status(stack, "new/l").st_mode & S_IFMT == S_IFLNK)
        #expect(try status(stack, "new/p").st_mode & S_IFMT == S_IFIFO)
        #expect(try stack.harness("cp", "web:/d", "new").code == 0)
        #expect(try read(stack, "new/d/sub/f") == "x\n")
        #expect(try stack.harness("cp", "new/sub/.", "web:/tmp").code == 0)
        #expect(try stack.harness("cp", "new/sub", "web:/opt/").code == 0)
        #expect(try stack.shell("web", "cat /tmp/f /opt/f") == "x\nx")
    }

    @Test("modes and times are kept; owners with -a only; set-id bits do not reach the host otherwise")
    func attributes() throws {
        let stack = try stack()
        _ = try stack.shell("web", "echo x >/f && chown 7:8 /f && chmod 4751 /f && touch -d '2020-01-02 03:04:05' /f")
        #expect(try stack.harness("cp", "web:/f", "plain").code == 0)
        #expect(try stack.harness("cp", "-a", "web:/f", "kept").code == 0)
        let (plain, kept) = (try status(stack, "plain"), try status(stack, "kept"))
        #expect(plain.st_uid == geteuid() && plain.st_mode & 0o7777 == 0o751)
        #expect(kept.st_uid == 7 && kept.st_gid == 8 && kept.st_mode & 0o7777 == 0o4751)
        #expect(plain.st_mtim.tv_sec == 1_577_934_245 && kept.st_mtim.tv_sec == 1_577_934_245)
        #expect(try stack.harness("cp", "-a", "kept", "web:/back").code == 0)
        #expect(try stack.harness("cp", "kept", "web:/other").code == 0)
        #expect(try stack.shell("web", "stat -c %u:%g:%a /back /other") == "7:8:4751\n0:0:4751")
    }

    @Test("-L copies what a link leads to")
    func followsLink() throws {
        let stack = try stack()
        _ = try stack.shell("web", "echo x >/f && ln -s /f /l")
        #expect(try stack.harness("cp", "web:/l", "link").code == 0)
        #expect(try stack.harness("cp", "-L", "web:/l", "file").code == 0)
        #expect(try status(stack, "link").st_mode & S_IFMT == S_IFLNK)
        #expect(try read(stack, "file") == "x\n")
    }

    @Test("links of a container lead nowhere outside of it")
    func hostileLinks() throws {
        let stack = try stack()
        try stack.fixture.scratch.write("the host's", to: "secret")
        try stack.fixture.scratch.write("from the host", to: "new")
        let up = "/../../../../../../../.."
        _ = try stack.shell(
            "web",
            "ln -s \(stack.folder) /abs && ln -s \(up)\(stack.folder) /rel && ln -s \(stack.folder)/secret /file"
                + " && mkdir /d && ln -s \(stack.folder)/secret /d/inner")
        for path in ["/abs/secret", "/rel/secret", "\(up)\(stack.folder)/secret"] {
            #expect(try stack.harness("cp", "web:\(path)", "stolen").code == 64, "\(path)")
        }
        #expect(try stack.harness("cp", "-L", "web:/file", "stolen").code == 64)
        #expect(access("\(stack.folder)/stolen", F_OK) != 0)
        // A link is copied as one, and its content stays where it is.
        #expect(try stack.harness("cp", "-L", "web:/d", "tree").code == 0)
        #expect(try status(stack, "tree/inner").st_mode & S_IFMT == S_IFLNK)
        for path in ["/abs/", "/rel/planted", "/abs"] {
            #expect(try stack.harness("cp", "new", "web:\(path)").code != 125)
        }
        #expect(access("\(stack.folder)/planted", F_OK) != 0)
        let archive = try stack.script("tar -c new | $H cp - web:/abs")
        #expect(archive.code == 64, "\(archive.error)")
    }

    @Test("- is an archive, in both directions")
    func archives() throws {
        let stack = try stack()
        let long = String(repeating: "n", count: 150)
        _ = try stack.shell(
            "web",
            "mkdir -p /d/\(long) && echo x >/d/\(long)/f && ln -s \(long)/f /d/l && chown -R 7:8 /d && chmod 700 /d")
        let listed = try stack.script("$H cp web:/d - | tar -tv --numeric-owner")
        #expect(listed.output.contains("drwx------ 7/8") && listed.output.contains("d/\(long)/f"), "\(listed.error)")
        #expect(listed.output.contains("d/l -> \(long)/f"))
        #expect(try stack.script("$H cp web:/d/. - | tar -t").output.split(separator: "\n").contains("l"))
        let copied = try stack.script("$H cp web:/d - | gzip | $H cp - web:/tmp")
        #expect(copied.code == 0, "\(copied.error)")
        #expect(try stack.shell("web", "stat -c %u:%a /tmp/d; cat /tmp/d/l") == "7:700\nx")
        // What a layer would take for a whiteout is a file like others.
        let file = try stack.script("mkdir w && touch w/.wh.x && tar -c w | $H cp - web:/tmp")
        #expect(file.code == 0, "\(file.error)")
        #expect(try stack.shell("web", "ls -A /tmp/w") == ".wh.x")
    }

    @Test("an archive that leads outside, replaces a directory or is none is refused with 65")
    func badArchives() throws {
        let stack = try stack()
        _ = try stack.shell("web", "mkdir -p /t/d && echo x >/t/d/f")
        func unpack(_ script: String) throws -> Int32 { try stack.script("\(script) | $H cp - web:/t").code }
        try stack.fixture.scratch.write("x", to: "d")
        #expect(try unpack("tar -c d") == 65)
        #expect(try unpack("tar -cP --transform 's,^,../,' d") == 65)
        #expect(try unpack("echo nothing") == 65)
        #expect(try stack.shell("web", "cat /t/d/f; ls /").hasPrefix("x\n"))
        #expect(try stack.harness("exec", "web", "test", "-e", "/d").code == 1)
    }

    @Test(
        "what can't be copied is said, with 64",
        arguments: [
            ["web:/no", "here"], ["no", "web:/here"], ["web:/etc/hosts", "no/here"], ["web:/etc/hosts", "no/"],
            ["a", "b"], ["web:/a", "web:/b"], ["wbe:/etc/hosts", "here"], ["web:/etc/hosts/", "here"],
        ])
    func mistakes(ends: [String]) throws {
        let stack = try stack()
        let outcome = try stack.harness("cp", ends[0], ends[1])
        #expect(outcome.code == 64, "\(outcome.error)")
        #expect(outcome.error.hasPrefix("harness: "))
        #expect(access("\(stack.folder)/here", F_OK) != 0)
    }

    @Test("a directory is not replaced by a file, nor a file by a directory, and a mount by nothing")
    func kinds() throws {
        let stack = try LocalStack(Self.text + "\n    volumes: [\"./m:/m\"]")
        try stack.fixture.scratch.write("x", to: "m")
        try stack.up()
        _ = try stack.shell("web", "mkdir -p /a/x /b && echo x >/b/x")
        #expect(try stack.harness("cp", "web:/b", "b").code == 0)
        #expect(try stack.harness("cp", "b/x", "web:/a").code == 64)
        #expect(try stack.harness("cp", "web:/a", "b/x").code == 64)
        let mounted = try stack.harness("cp", "b/x", "web:/m")
        #expect(mounted.code == 64 && mounted.error.contains("mount"))
        #expect(try stack.script("cd b && mv x m && tar -c m | $H cp - web:/").code == 64)
        #expect(try stack.shell("web", "grep -c ' /m ' /proc/self/mountinfo") == "1")
        #expect(try stack.shell("web", "ls -A /a /").contains(".harness") == false)
    }

    @Test("the kernel's own directories, devices and sockets are left out, with a warning")
    func leftOut() throws {
        let stack = try stack()
        let outcome = try stack.harness("cp", "web:/", "all")
        #expect(outcome.code == 0 && outcome.error.contains("directory of the kernel's"), "\(outcome.error)")
        #expect(access("\(stack.folder)/all/bin", F_OK) == 0 && access("\(stack.folder)/all/proc", F_OK) != 0)
        #expect(access("\(stack.folder)/all/dev/null", F_OK) != 0)
    }

    @Test("--index picks one of several containers; one that has ended gives 69")
    func containers() throws {
        let stack = try stack(
            "services: {web: {image: busybox, command: [sleep, \"1000\"], scale: 2}, once: {image: busybox, command: [\"true\"]}}"
        )
        #expect(try stack.harness("cp", "--index", "2", "web:/etc/hostname", "name").code == 0)
        #expect(try read(stack, "name") == "web-2\n")
        try stack.eventually("the end") { try stack.state("once") == "exited" }
        #expect(try stack.harness("cp", "once:/etc/hostname", "name").code == 69)
    }
}
