import Glibc
import ImageStore
import LinuxKernel
import Testing

@Suite("Sparse files")
struct SparseFileTests {
    static let content = "start" + String(repeating: "\u{0}", count: 8192 - 5) + "end"

    private func check(_ archive: [UInt8], _ name: String) throws {
        let temporary = try TemporaryStore()
        let layer = try #require(try temporary.add(archive).image.layers.first)
        #expect(try readRegularFile("\(layer)/\(name)") == Array(Self.content.utf8))
        #expect(try readRegularFile("\(layer)/after") == Array("after".utf8))
    }

    @Test("in pax's format 0.0: a record for each number")
    func format00() throws {
        try check(
            TarBuilder.archive {
                $0.pax(
                    [
                        ("size", "8192"), ("numblocks", "2"), ("offset", "0"), ("numbytes", "5"), ("offset", "8192"),
                        ("numbytes", "3"),
                    ]
                    .map { ("GNU.sparse.\($0.0)", Array(($0.0 == "size" ? "8195" : $0.1).utf8)) })
                $0.file("sparse", "startend")
                $0.file("after", "after")
            }, "sparse")
    }

    @Test("in pax's format 0.1: one record for the map, the name in another")
    func format01() throws {
        try check(
            TarBuilder.archive {
                $0.pax([
                    ("GNU.sparse.size", Array("8195".utf8)), ("GNU.sparse.map", Array("0,5,8192,3".utf8)),
                    ("GNU.sparse.name", Array("sparse".utf8)),
                ])
                $0.file("GNUSparseFile.0/sparse", "startend")
                $0.file("after", "after")
            }, "sparse")
    }

    @Test("in pax's format 1.0: the map in front of the content")
    func format10() throws {
        let map = "2\n0\n5\n8192\n3\n"
        try check(
            TarBuilder.archive {
                $0.pax([
                    ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
                    ("GNU.sparse.realsize", Array("8195".utf8)), ("GNU.sparse.name", Array("sparse".utf8)),
                ])
                $0.file("x", map + String(repeating: "\u{0}", count: 512 - map.utf8.count) + "startend")
                $0.file("after", "after")
            }, "sparse")
    }

    @Test("in GNU's old format: the map in the header", arguments: [["--format=gnu"], ["--format=posix"]])
    func written(byTar format: [String]) throws {
        guard Requirement.program("tar").check() else { return }
        let temporary = try TemporaryStore()
        try temporary.write([], to: "sparse")
        try temporary.write(Array("after".utf8), to: "after")
        let file = try OwnedDescriptor.open(temporary.directory + "/sparse", O_WRONLY)
        // More regions than the header holds.
        for region in 0..<40 { try checked("pwrite") { pwrite(file.rawValue, "data", 4, region << 20) } }
        try checked("ftruncate") { ftruncate(file.rawValue, 41 << 20) }
        let result = try run(
            ["tar", "-C", temporary.directory, "--sparse"] + format + [
                "-cf", temporary.directory + "/tar", "sparse", "after",
            ])
        #expect(result.code == 0, "\(result.output)")
        let archive = try readRegularFile(temporary.directory + "/tar")
        #expect(archive.count < 1 << 20)
        let layer = try #require(try temporary.add(archive).image.layers.first)
        let compared = try run(["cmp", layer + "/sparse", temporary.directory + "/sparse"])
        #expect(compared.code == 0, "\(compared.output)")
        var status = stat()
        try checked("stat") { stat(layer + "/sparse", &status) }
        #expect(status.st_blocks * 512 < 4 << 20)
    }
}
