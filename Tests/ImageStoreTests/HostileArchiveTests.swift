import Glibc
import ImageStore
import LinuxKernel
import Testing

/// Archives that try to write outside, to confuse, or to fill the disk.
///
/// Each is refused as a whole: nothing outside the store changes, and nothing stays in it.
@Suite("Hostile archives")
struct HostileArchiveTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var kind: ArchiveError.Kind
        var archive: [UInt8]

        init(_ name: String, _ kind: ArchiveError.Kind, _ build: (inout TarBuilder) -> Void) {
            testDescription = name
            self.kind = kind
            archive = TarBuilder.archive(build)
        }
    }

    static let names = [
        Case(".. in front", .nameRefused) { $0.file("../outside", "x") },
        Case(".. in the middle", .nameRefused) { $0.file("a/../../outside", "x") },
        Case(".. at the end", .nameRefused) { $0.directory("a/..") },
        Case(".. behind a slash", .nameRefused) { $0.file("/../outside", "x") },
        Case("a directory called ..", .nameRefused) { $0.directory("..") },
        Case("a symbolic link called ..", .nameRefused) { $0.symbolicLink("..", to: "/tmp") },
        Case("no name", .nameRefused) { $0.file("", "x") },
        Case(".. in a pax path", .nameRefused) {
            $0.pax("path", "../outside")
            $0.file("harmless", "x")
        },
        Case(".. in a global pax path", .nameRefused) {
            $0.pax([("path", Array("../outside".utf8))], type: "g")
            $0.file("harmless", "x")
        },
        Case(".. in a GNU long name", .nameRefused) {
            $0.add(TarBuilder.Entry("././@LongLink", type: "L", "../outside"))
            $0.file("harmless", "x")
        },
        Case(".. in ustar's prefix", .nameRefused) {
            var entry = TarBuilder.Entry("outside", "x")
            entry.prefix = Array("a/..".utf8)
            $0.add(entry)
        },
        Case("a null byte in a pax path", .nameRefused) {
            $0.pax([("path", Array("a\u{0}b".utf8))])
            $0.file("harmless", "x")
        },
        Case("a component of 300 bytes", .nameRefused) {
            $0.pax("path", String(repeating: "n", count: 300))
            $0.file("harmless", "x")
        },
        Case("a path of 5,000 bytes", .nameRefused) {
            $0.pax("path", String(repeating: "nn/", count: 1667))
            $0.file("harmless", "x")
        },
        Case("the root as a file", .nameRefused) { $0.file("/", "x") },
        Case("the root as a symbolic link", .nameRefused) { $0.symbolicLink(".", to: "/tmp") },
    ]

    static let links = [
        Case("a hard link to ..", .linkTargetRefused("../outside")) { $0.hardLink("a", to: "../outside") },
        Case("a hard link to what is not there", .linkTargetRefused("/etc/passwd")) {
            $0.hardLink("a", to: "/etc/passwd")
        },
        Case("a hard link through a symbolic link that leads out", .linkTargetRefused("s/outside")) {
            $0.symbolicLink("s", to: "../..")
            $0.hardLink("a", to: "s/outside")
        },
        Case("a hard link to a directory", .linkTargetRefused("d")) {
            $0.directory("d")
            $0.hardLink("a", to: "d")
        },
        Case("a hard link to the root", .linkTargetRefused("/")) { $0.hardLink("a", to: "/") },
        Case("a hard link without a target", .linkTargetRefused("")) { $0.hardLink("a", to: "") },
        Case("a hard link to itself before it exists", .linkTargetRefused("a")) { $0.hardLink("a", to: "a") },
        Case("a symbolic link without a target", .headerInvalid("a symbolic link without a target")) {
            $0.symbolicLink("a", to: "")
        },
        Case("a file below a file", .parentNotDirectory) {
            $0.file("a", "x")
            $0.file("a/b", "x")
        },
        Case("a file below a symbolic link to itself", .parentNotDirectory) {
            $0.symbolicLink("a", to: "a")
            $0.file("a/b", "x")
        },
        Case("a file below a symbolic link that leads nowhere", .parentNotDirectory) {
            $0.symbolicLink("a", to: "/nowhere")
            $0.file("a/b", "x")
        },
    ]

    static let whiteouts = [
        Case("a whiteout of nothing", .whiteoutRefused) { $0.file("a/.wh.") },
        Case("a whiteout of .", .whiteoutRefused) { $0.file("a/.wh..") },
        Case("a whiteout of ..", .whiteoutRefused) { $0.file("a/.wh...") },
        Case("a file below a whiteout", .whiteoutRefused) { $0.file(".wh.a/b", "x") },
        Case("a whiteout behind ..", .nameRefused) { $0.file("../.wh.outside") },
    ]

    static let headers = [
        Case("an unknown type", .entryUnsupported(UInt8(ascii: "M"))) { $0.add(TarBuilder.Entry("a", type: "M")) },
        Case("a size that is not octal", .headerInvalid("a number that is not octal")) {
            var header = TarBuilder.header(TarBuilder.Entry("a"))
            header.replaceSubrange(124..<135, with: Array("99999999999".utf8))
            $0.file("first")
            $0.addContent(TarBuilder.checksummed(header))
        },
        Case("a negative size", .headerInvalid("the size is negative")) {
            var header = TarBuilder.header(TarBuilder.Entry("a"))
            header.replaceSubrange(124..<136, with: [UInt8](repeating: 0xff, count: 12))
            $0.addContent(TarBuilder.checksummed(header))
        },
        Case("a size beyond 64 bits", .headerInvalid("a number out of range")) {
            var header = TarBuilder.header(TarBuilder.Entry("a"))
            header.replaceSubrange(124..<136, with: [0x80, 0x7f] + [UInt8](repeating: 0xff, count: 10))
            $0.addContent(TarBuilder.checksummed(header))
        },
        Case("a wrong checksum behind a good entry", .headerInvalid("the checksum does not hold")) {
            $0.file("first")
            var header = TarBuilder.header(TarBuilder.Entry("a"))
            header[0] = UInt8(ascii: "b")
            $0.addContent(header)
        },
        Case("a pax record with a wrong length", .headerInvalid("an extended header's record has a wrong length")) {
            $0.add(TarBuilder.Entry("x", type: "x", "99 path=a\n"))
            $0.file("a")
        },
        Case("a pax record of length 0", .headerInvalid("an extended header's record has a wrong length")) {
            $0.add(TarBuilder.Entry("x", type: "x", "0 path=a\n"))
            $0.file("a")
        },
        Case("a pax record with a negative length", .headerInvalid("an extended header's record has a wrong length")) {
            $0.add(TarBuilder.Entry("x", type: "x", "-8 path=a\n"))
            $0.file("a")
        },
        Case("a pax owner of -1", .headerInvalid("the extended header's 'uid' is not a number")) {
            $0.pax("uid", "-1")
            $0.file("a")
        },
        Case("a pax owner that chown takes for 'leave it'", .headerInvalid("an owner out of range")) {
            $0.pax("uid", "4294967295")
            $0.file("a")
        },
        Case("a pax time that is none", .headerInvalid("a time that is not a number")) {
            $0.pax("mtime", "soon")
            $0.file("a")
        },
        Case("an extended header of 2 MiB", .tooLarge("1048576 bytes of extended header")) {
            $0.pax("comment", String(repeating: "c", count: 2 << 20))
            $0.file("a")
        },
        Case("a long name of 5,000 bytes", .tooLarge("4096 bytes of extended header")) {
            $0.add(TarBuilder.Entry("l", type: "L", String(repeating: "n", count: 5000)))
            $0.file("a")
        },
        Case("an extended header for nothing", .truncated) { $0.pax("path", "a") },
    ]

    static let sparse = [
        Case("a sparse map beyond the file", .headerInvalid("the map of the sparse file is out of order")) {
            $0.pax([("GNU.sparse.size", Array("4".utf8)), ("GNU.sparse.map", Array("0,8".utf8))])
            $0.file("a", "12345678")
        },
        Case("a sparse map that overlaps", .headerInvalid("the map of the sparse file is out of order")) {
            $0.pax([("GNU.sparse.size", Array("100".utf8)), ("GNU.sparse.map", Array("10,4,12,4".utf8))])
            $0.file("a", "12345678")
        },
        Case("a sparse map that overflows", .headerInvalid("the map of the sparse file is out of order")) {
            $0.pax([
                ("GNU.sparse.size", Array("100".utf8)), ("GNU.sparse.map", Array("9223372036854775807,8".utf8)),
            ])
            $0.file("a", "12345678")
        },
        Case("a sparse map without its content", .headerInvalid("the map of the sparse file does not fit its content"))
        {
            $0.pax([("GNU.sparse.size", Array("100".utf8)), ("GNU.sparse.map", Array("0,100".utf8))])
            $0.file("a", "12345678")
        },
        Case("a sparse map of two thousand million regions", .tooLarge("1048576 regions of a sparse file")) {
            $0.pax([
                ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
                ("GNU.sparse.realsize", Array("1".utf8)),
            ])
            $0.file("a", "2000000000\n" + String(repeating: "0\n", count: 300))
        },
    ]

    @Test(
        "are refused with one clear error, and nothing stays", arguments: names + links + whiteouts + headers + sparse)
    func refused(hostile: Case) throws {
        let temporary = try TemporaryStore()
        // As a second image's archive, too: one that is there already must not change.
        let error = #expect(throws: ImageStoreError.self) { try temporary.add(hostile.archive) }
        guard case .archive(let cause) = error?.kind else {
            Issue.record("not an error of the archive: \(error?.description ?? "none")")
            return
        }
        #expect(cause.kind == hostile.kind)
        try temporary.expectNothingLeft()
    }

    @Test("leave an image of the same name as it was")
    func oldImageStays() throws {
        let temporary = try TemporaryStore()
        let before = try temporary.add(ImportTests.small).image
        #expect(throws: ImageStoreError.self) {
            try temporary.add(TarBuilder.archive { $0.file("../outside", "x") })
        }
        #expect(try temporary.store.resolve("test") == before)
        #expect(try temporary.names(in: temporary.location.layers).count == 1)
    }
}
