import Glibc
import ImageStore
import LinuxKernel
import Testing

/// Names that look dangerous but have a meaning inside the root: they work, and stay inside.
@Suite("Names that are resolved inside the layer")
struct ContainedNamesTests {
    private func unpack(_ build: (inout TarBuilder) -> Void) throws -> (TemporaryStore, String) {
        let temporary = try TemporaryStore()
        let image = try temporary.add(TarBuilder.archive(build)).image
        #expect(try temporary.names(in: temporary.directory) == ["home", "outside"])
        #expect(try readRegularFile(temporary.directory + "/outside") == Array("untouched".utf8))
        return (temporary, try #require(image.layers.first))
    }

    private func read(_ path: String) throws -> String { String(decoding: try readRegularFile(path), as: UTF8.self) }

    @Test("an absolute name starts at the layer's root")
    func absolute() throws {
        let (temporary, layer) = try unpack { $0.file("/etc/passwd", "mine") }
        #expect(try read(layer + "/etc/passwd") == "mine")
        withExtendedLifetime(temporary) {}
    }

    @Test("an absolute symbolic link on the way starts at the layer's root")
    func absoluteLink() throws {
        let (temporary, layer) = try unpack {
            $0.directory("usr/bin")
            $0.symbolicLink("bin", to: "/usr/bin")
            $0.file("bin/x", "mine")
        }
        #expect(try read(layer + "/usr/bin/x") == "mine")
        withExtendedLifetime(temporary) {}
    }

    @Test("a symbolic link that climbs out ends at the layer's root")
    func climbingLink() throws {
        let (temporary, layer) = try unpack {
            $0.symbolicLink("up", to: "../../../../../../../..")
            $0.file("up/tmp-file", "mine")
        }
        #expect(try read(layer + "/tmp-file") == "mine")
        withExtendedLifetime(temporary) {}
    }

    @Test("a file in the place of a symbolic link replaces the link, not what it leads to")
    func fileOverLink() throws {
        let (temporary, layer) = try unpack {
            $0.symbolicLink("a", to: "../../../outside")
            $0.file("a", "mine")
            $0.file("b", "kept")
            $0.symbolicLink("c", to: "b")
            $0.file("c", "mine")
        }
        #expect(try read(layer + "/a") == "mine")
        #expect(try read(layer + "/b") == "kept")
        #expect(try read(layer + "/c") == "mine")
        withExtendedLifetime(temporary) {}
    }

    @Test("a directory that turns into a symbolic link between two entries takes its content along")
    func swapped() throws {
        let (temporary, layer) = try unpack {
            $0.directory("d")
            $0.file("d/first", "1")
            $0.symbolicLink("d", to: "/etc")
            $0.directory("etc")
            $0.file("d/second", "2")
        }
        #expect(try read(layer + "/etc/second") == "2")
        #expect(access(layer + "/etc/first", F_OK) != 0)
        withExtendedLifetime(temporary) {}
    }

    @Test("a hard link to a symbolic link is one to the link itself")
    func hardLinkToLink() throws {
        let (temporary, layer) = try unpack {
            $0.symbolicLink("s", to: "/etc/shadow")
            $0.hardLink("h", to: "s")
        }
        var status = stat()
        #expect(lstat(layer + "/h", &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFLNK)
        withExtendedLifetime(temporary) {}
    }

    @Test("the last of several entries of one name wins, whatever their kinds")
    func duplicates() throws {
        let (temporary, layer) = try unpack {
            $0.file("a", "1")
            $0.file("a", "2")
            $0.directory("b")
            $0.file("b/inner", "1")
            $0.file("b", "2")
            $0.file("c", "1")
            $0.directory("c")
            $0.file("c/inner", "2")
            $0.file("d", "1")
            $0.hardLink("d", to: "a")
            $0.hardLink("d", to: "d")
        }
        #expect(try read(layer + "/a") == "2")
        #expect(try read(layer + "/b") == "2")
        #expect(try read(layer + "/c/inner") == "2")
        #expect(try read(layer + "/d") == "2")
        withExtendedLifetime(temporary) {}
    }

    @Test("a tree deeper than any path is unpacked and removed again")
    func deep() throws {
        let temporary = try TemporaryStore()
        try temporary.add(
            TarBuilder.archive { tar in
                let hundred = String(repeating: "d/", count: 100)
                for level in 0..<30 {
                    tar.pax("path", hundred + "x")
                    tar.file("x", "\(level)")
                    // From here on the short name stands for what is a hundred levels down.
                    tar.directory(hundred + "d")
                    tar.symbolicLink("next", to: hundred + "d")
                    tar.pax("path", "next/" + hundred + "x")
                    tar.file("x", "deep")
                }
            })
        try temporary.store.remove("test")
        try temporary.expectNothingLeft()
    }

    @Test("names are bytes: no UTF-8, control characters and 255 bytes are kept as they are")
    func bytes() throws {
        let names: [[UInt8]] = [
            [0xff, 0xfe], Array("grün".utf8), Array("new\nline".utf8),
            [UInt8](repeating: UInt8(ascii: "n"), count: 255),
            Array(" ".utf8), Array("-rf".utf8), Array("\u{202e}".utf8),
        ]
        let (temporary, layer) = try unpack { tar in
            for name in names {
                tar.pax([("path", Array("pax/".utf8) + name)])
                tar.file("x", "pax")
                var entry = TarBuilder.Entry("", "old")
                entry.name = Array("old/".utf8) + name.prefix(96)
                tar.add(entry)
            }
        }
        for name in names {
            for (directory, expected) in [("pax", name), ("old", Array(name.prefix(96)))] {
                let path = Array("\(layer)/\(directory)/".utf8) + expected
                #expect(access(path.map { CChar(bitPattern: $0) } + [0], F_OK) == 0, "\(directory) \(expected)")
            }
        }
        withExtendedLifetime(temporary) {}
    }
}
