import CLinux
import Glibc
import Testing

/// An archive that tries to get out of its layer.
struct HostileArchive: Sendable, CustomTestStringConvertible {
    var title: String
    /// Adds its entries; the argument is the absolute path of a directory outside that must stay as it is.
    var build: @Sendable (inout TarArchive, String) -> Void

    var testDescription: String { title }
}

@Suite("Hostile archives", .needsRoot())
struct HostileArchiveTests {
    private static let up = String(repeating: "../", count: 12)

    static let table: [HostileArchive] = [
        HostileArchive(title: "a path with ..") { $0.add("\(up)\($1.dropFirst())/new", content: "x") },
        HostileArchive(title: "a path with .. in its middle") {
            $0.add("a/", .directory, mode: 0o755)
            $0.add("a/\(up)\($1.dropFirst())/new", content: "x")
        },
        HostileArchive(title: "an absolute path") { $0.add("\($1)/new", content: "x") },
        HostileArchive(title: "a file below an absolute symbolic link") {
            $0.add("link", .symbolicLink, link: $1)
            $0.add("link/new", content: "x")
        },
        HostileArchive(title: "a file below a relative symbolic link") {
            $0.add("link", .symbolicLink, link: "\(up)\($1.dropFirst())")
            $0.add("link/new", content: "x")
        },
        HostileArchive(title: "a file onto a symbolic link") {
            $0.add("link", .symbolicLink, link: "\($1)/kept")
            $0.add("link", content: "changed")
        },
        HostileArchive(title: "a directory onto a symbolic link, with another mode") {
            $0.add("link", .symbolicLink, link: $1)
            $0.add("link/", .directory, mode: 0o777)
            $0.add("link/new", content: "x")
        },
        HostileArchive(title: "a hard link to a file outside, written through") {
            $0.add("hard", .hardLink, link: "\($1)/kept")
            $0.add("hard", content: "changed")
        },
        HostileArchive(title: "a hard link with ..") {
            $0.add("hard", .hardLink, link: "\(up)\($1.dropFirst())/kept")
            $0.add("hard", content: "changed")
        },
        HostileArchive(title: "a hard link through a symbolic link") {
            $0.add("link", .symbolicLink, link: $1)
            $0.add("hard", .hardLink, link: "link/kept")
            $0.add("hard", content: "changed")
        },
        HostileArchive(title: "a whiteout of the parent") { archive, _ in
            archive.add("a/", .directory, mode: 0o755)
            archive.add("a/.wh...")
            archive.add("a/.wh..")
            archive.add("a/.wh.")
        },
        HostileArchive(title: "a whiteout below a symbolic link") {
            $0.add("link", .symbolicLink, link: $1)
            $0.add("link/.wh.kept")
            $0.add("link/.wh..wh..opq")
        },
        HostileArchive(title: "devices") { archive, _ in
            archive.add("disk", .blockDevice, mode: 0o666)
            archive.add("null", .characterDevice, mode: 0o666)
        },
        HostileArchive(title: "a size of 8 GiB with nothing behind it") { archive, _ in
            archive.add("big", content: "x", claimedSize: (8 << 30) - 1)
        },
        HostileArchive(title: "a chain of symbolic links that never ends") { archive, _ in
            archive.add("a", .symbolicLink, link: "b")
            archive.add("b", .symbolicLink, link: "a")
            archive.add("a/new", content: "x")
        },
    ]

    @Test("nothing lands outside of the layer, whatever it holds", arguments: table)
    func staysInside(hostile: HostileArchive) throws {
        let scratch = try Scratch()
        let home = try scratch.makeDirectory("home")
        let outside = try scratch.makeDirectory("outside", mode: 0o750)
        let kept = try scratch.write("kept", to: "outside/kept", mode: 0o600)
        var archive = TarArchive()
        hostile.build(&archive, outside)
        try writeFile(archive.finished, to: "\(scratch.path)/hostile.tar")

        let outcome = try Harness.run(["image", "import", "\(scratch.path)/hostile.tar", "-t", "hostile"], home: home)

        #expect([0, 65].contains(outcome.code), "\(outcome.error)")
        #expect(entries(outside) == ["kept"])
        #expect(readText(kept) == "kept")
        #expect(mode(outside) == 0o750)
        #expect(mode(kept) == 0o600)
        if outcome.code != 0 {
            #expect(outcome.error.contains("archive"))
            #expect(try !Harness.run(["image", "ls"], home: home).output.contains("hostile"))
        }
    }

    @Test("what is no archive is refused in one message", arguments: ["", "no archive", "\u{1f}\u{8b}\u{8}broken"])
    func garbage(content: String) throws {
        let scratch = try Scratch()
        let file = try scratch.write(content, to: "garbage.tar")
        let outcome = try Harness.run(["image", "import", file, "-t", "garbage"], home: "\(scratch.path)/home")
        #expect(outcome.code == 65, "\(outcome.error)")
        #expect(outcome.error.contains("archive"))
        #expect(outcome.error.split(separator: "\n").count <= 3)
    }

    @Test("an archive that ends in the middle is refused")
    func truncated() throws {
        let scratch = try Scratch()
        var archive = TarArchive()
        archive.add("file", content: String(repeating: "x", count: 4096))
        try writeFile(Array(archive.bytes.prefix(1500)), to: "\(scratch.path)/short.tar")
        let outcome = try Harness.run(
            ["image", "import", "\(scratch.path)/short.tar", "-t", "short"], home: "\(scratch.path)/home")
        #expect(outcome.code == 65, "\(outcome.error)")
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }
}
