import CLinux
import Glibc
import ImageStore
import LinuxKernel
import Testing

@Suite("What an entry carries besides its content")
struct MetadataTests {
    private func status(_ path: String) throws -> stat {
        var status = stat()
        try checked("lstat", path) { lstat(path, &status) }
        return status
    }

    @Test("modes are exact, whatever the process's umask, and set-id bits survive the change of owner")
    func modes() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(
            TarBuilder.archive { tar in
                tar.directory("./", mode: 0o751)
                for mode: UInt32 in [0o000, 0o400, 0o644, 0o777, 0o1777, 0o4755, 0o2755, 0o6711] {
                    var entry = TarBuilder.Entry("f\(mode)", "x", mode: mode)
                    entry.user = 33
                    tar.add(entry)
                    tar.directory("d\(mode)", mode: mode)
                }
                // A read-only directory is still filled.
                tar.file("d256/inner")
                tar.file("implied/by/its/content")
            }
        ).image
        let layer = try #require(image.layers.first)
        #expect(try status(layer).st_mode & 0o7777 == 0o751)
        for mode: UInt32 in [0o000, 0o400, 0o644, 0o777, 0o1777, 0o4755, 0o2755, 0o6711] {
            #expect(try status("\(layer)/f\(mode)").st_mode & 0o7777 == mode)
            #expect(try status("\(layer)/d\(mode)").st_mode & 0o7777 == mode)
        }
        #expect(try status(layer + "/implied/by").st_mode & 0o7777 == 0o755)
    }

    @Test("times have nanoseconds, may lie before 1970, and those of directories are not lost to their content")
    func times() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(
            TarBuilder.archive { tar in
                tar.pax("mtime", "1234567890.123456789")
                tar.directory("d")
                tar.pax("mtime", "-1.25")
                tar.file("d/f", "x")
                tar.pax("mtime", "1.5")
                tar.symbolicLink("d/s", to: "f")
                tar.file("d/plain", "x")
            }
        ).image
        let layer = try #require(image.layers.first)
        func time(_ name: String) throws -> [Int] {
            let time = try status("\(layer)/\(name)").st_mtim
            return [time.tv_sec, time.tv_nsec]
        }
        #expect(try time("d") == [1_234_567_890, 123_456_789])
        #expect(try time("d/f") == [-2, 750_000_000])
        #expect(try time("d/s") == [1, 500_000_000])
        #expect(try time("d/plain") == [1_000_000_000, 0])
    }

    @Test("owners, device nodes, pipes and file capabilities are kept for root")
    func privileged() throws {
        guard Requirement.root.check() else { return }
        let temporary = try TemporaryStore()
        // struct vfs_ns_cap_data, version 2: cap_net_raw effective and permitted (linux/capability.h).
        let capability: [UInt8] = [1, 0, 0, 2] + [0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
        let image = try temporary.add(
            TarBuilder.archive { tar in
                tar.pax([
                    ("uid", Array("3000000000".utf8)), ("gid", Array("7".utf8)),
                    ("SCHILY.xattr.security.capability", capability),
                ])
                tar.file("ping", "x", mode: 0o4755)
                var device = TarBuilder.Entry("null", type: "3", mode: 0o666)
                (device.major, device.minor) = (1, 3)
                tar.add(device)
                device = TarBuilder.Entry("disk", type: "4", mode: 0o660)
                (device.major, device.minor, device.group) = (8, 0, 6)
                tar.add(device)
                tar.add(TarBuilder.Entry("pipe", type: "6", mode: 0o622))
            }
        ).image
        let layer = try #require(image.layers.first)
        let ping = try status(layer + "/ping")
        #expect((ping.st_uid, ping.st_gid, ping.st_mode & 0o7777) == (3_000_000_000, 7, 0o4755))
        var value = [UInt8](repeating: 0, count: 64)
        let length = getxattr(layer + "/ping", "security.capability", &value, value.count)
        #expect(length > 0 && Array(value.prefix(length)) == capability)
        let (null, disk, pipe) = (try status(layer + "/null"), try status(layer + "/disk"), try status(layer + "/pipe"))
        #expect((null.st_mode, null.st_rdev) == (S_IFCHR | 0o666, clinux_makedev(1, 3)))
        #expect((disk.st_mode, disk.st_rdev, disk.st_gid) == (S_IFBLK | 0o660, clinux_makedev(8, 0), 6))
        #expect(pipe.st_mode == S_IFIFO | 0o622)
    }

    @Test("attributes that would steer the kernel are left out, and said so")
    func attributes() throws {
        let temporary = try TemporaryStore()
        let refused = [
            "trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque", "security.selinux",
            "system.posix_acl_access",
        ]
        let imported = try temporary.add(
            TarBuilder.archive { tar in
                tar.pax(
                    [("SCHILY.xattr.user.note", Array("kept".utf8))]
                        + refused.map { ("SCHILY.xattr.\($0)", Array("y".utf8)) })
                tar.directory("d")
            })
        let directory = try #require(imported.image.layers.first) + "/d"
        var value = [UInt8](repeating: 0, count: 64)
        let length = getxattr(directory, "user.note", &value, value.count)
        #expect(length == -1 ? errno == ENOTSUP : Array(value.prefix(length)) == Array("kept".utf8))
        for name in refused {
            #expect(getxattr(directory, name, nil, 0) == -1)
            #expect(imported.omissions["attribute \(name), which a layer may not set"] == 1)
        }
    }
}
