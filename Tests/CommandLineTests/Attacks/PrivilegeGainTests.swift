import CLinux
import Glibc
import Testing

@Suite("Gaining privileges", .needsRoot())
struct PrivilegeGainTests {
    @Test("no capability is ambient or inheritable, for programs, joined processes, hooks and probes")
    func ambient() throws {
        let look = "grep -E \"Cap(Inh|Amb)\" /proc/self/status | cut -f2 | sort -u"
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                user: "1234"
                cap_add: [ALL]
                volumes: [./out:/out]
                command: [sh, -c, '\(look) > /out/service; exec sleep 1000']
                post_start: [{command: [sh, -c, '\(look) > /out/hook']}]
                healthcheck: {test: [CMD-SHELL, '\(look) > /out/probe'], interval: 20ms}
            test: {on: box}
            """)
        let out = try fixture.scratch.makeDirectory("out", mode: 0o777)
        #expect(try fixture.output(of: look) == "0000000000000000")
        for name in ["service", "hook", "probe"] { #expect(readText("\(out)/\(name)") == "0000000000000000\n") }
    }

    @Test(
        "a set-user-ID program gives what the container has, and nothing with no-new-privileges",
        arguments: [("", "0"), ("security_opt: [no-new-privileges]", "1234")])
    func setUserID(attribute: String, expected: String) throws {
        let copy = "cd /; ln -s usr/lib usr/lib64 .; cp /usr/bin/id /bin/id-root; chmod 4755 /bin/id-root"
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                \(attribute)
                user: "1234"
                volumes: ['/usr:/usr:ro']
                command: [sleep, "1000"]
                post_start: [{user: root, command: [sh, -c, '\(copy)']}]
            test: {on: box}
            """)
        #expect(try fixture.output(of: "/bin/id-root -u") == expected)
    }

    @Test("the launcher and the init process can't be traced or looked into")
    func tracing() throws {
        let fixture = try Fixture(
            """
            services:
              box: {image: busybox, init: true, pid: host, cap_drop: [ALL], command: [sleep, "1000"]}
            test: {on: box}
            """)
        let script = """
            for p in /proc/[0-9]*; do
                grep -q harness $p/comm 2>/dev/null || continue
                (cat $p/environ $p/mem || ls $p/root/ $p/fd/) >/dev/null 2>&1 && echo $p
                readlink $p/exe
            done
            true
            """
        #expect(try fixture.output(of: script).isEmpty)
    }

    @Test("abstract sockets of the host are out of reach")
    func abstractSockets() throws {
        let fixture = try Fixture("services: {box: {image: busybox, command: [sleep, '1000']}}\ntest: {on: box}")
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("\u{0}harness-attack-\(fixture.name)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(bound == 0)
        listen(socket, 1)
        #expect(readText("/proc/net/unix")?.contains("harness-attack-\(fixture.name)") == true)
        #expect(try fixture.output(of: "grep -c harness-attack /proc/net/unix || true") == "0")
    }

    @Test("the kernel's keyrings are closed to containers")
    func keyrings() throws {
        #if arch(arm64)
            let numbers = [217, 218, 219]
        #else
            let numbers = [248, 249, 250]
        #endif
        // Perl is part of every Debian; busybox can't make a system call by its number.
        let fixture = try Fixture(
            "services: {box: {image: busybox, volumes: ['/usr:/usr:ro'], command: [sleep, '1000']}}\ntest: {on: box}")
        let calls = numbers.map { "print syscall(\($0), 0, 0, 0, 0, 0), q( ), $!{EPERM} ? q(EPERM ) : q(other );" }
        let script = "cd /; ln -s usr/lib usr/lib64 . 2>/dev/null; perl -e '\(calls.joined())'; cat /proc/keys | wc -c"
        #expect(try fixture.output(of: script) == "-1 EPERM -1 EPERM -1 EPERM 0")
    }

    @Test("device nodes of an image can't be opened")
    func imageDevices() throws {
        let scratch = try Scratch(for: .root)
        _ = try RootFileSystem(in: scratch)
        let numbers: [(String, UInt32, UInt32)] = [("mem", 1, 1), ("kmsg", 1, 11)]
        for (name, major, minor) in numbers {
            #expect(mknod("\(scratch.path)/rootfs/\(name)", S_IFCHR | 0o666, clinux_makedev(major, minor)) == 0)
        }
        let archive = try RootFileSystem.pack("\(scratch.path)/rootfs", to: "\(scratch.path)/devices.tar")
        let home = try Store.withBusybox()
        let imported = try Harness.run(["image", "import", archive, "-t", "attack-devices"], home: home)
        // Refusing the image would be as good.
        guard imported.code == 0 else { return }
        let fixture = try Fixture("services: {box: {image: attack-devices, command: [sleep, '1000']}}\ntest: {on: box}")
        let script = "for f in /mem /kmsg; do [ -c $f ] && (: >> $f) 2>/dev/null && echo $f; done; true"
        #expect(try fixture.output(of: script).isEmpty)
    }

    @Test("with CAP_SYS_ADMIN a file system with devices gives none either")
    func mountedDevices() throws {
        let fixture = try Fixture(
            """
            services: {box: {image: busybox, cap_add: [SYS_ADMIN], command: [sleep, '1000']}}
            test: {on: box}
            """)
        let script = """
            mkdir /d && mount -t tmpfs -o dev none /d || exit 1
            mknod /d/kmsg c 1 11; mknod /d/mem c 1 1
            for f in /d/kmsg /d/mem; do [ -c $f ] && (: >> $f) 2>/dev/null && echo $f; done; true
            """
        #expect(try fixture.output(of: script).isEmpty)
    }
}
