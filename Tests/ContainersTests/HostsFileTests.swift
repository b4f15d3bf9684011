import Glibc
import Testing

@testable import Containers

@Suite("The /etc/hosts of a container that runs")
struct HostsFileTests {
    private static let content =
        "127.0.0.1\tlocalhost\n10.0.0.2\tweb shop-web-1\n10.0.0.20 other\n# 10.0.0.2\nfd00::2\tweb\n"

    @Test(
        "leads whole addresses elsewhere, and has everything else as it was",
        arguments: [
            ([AddressMove(from: "10.0.0.2", to: "10.0.0.103")], [(1, "10.0.0.103\tweb shop-web-1")]),
            (
                [AddressMove(from: "10.0.0.20", to: "10.0.0.2"), AddressMove(from: "10.0.0.2", to: "10.0.0.20")],
                [(1, "10.0.0.20\tweb shop-web-1"), (2, "10.0.0.2 other")]
            ),
            ([AddressMove(from: "fd00::2", to: "fd00::3")], [(4, "fd00::3\tweb")]),
            ([AddressMove(from: "10.0.0.9", to: "10.0.0.3")], []),
        ] as [([AddressMove], [(Int, String)])])
    func moves(moves: [AddressMove], changed: [(Int, String)]) {
        var lines = Self.content.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for (number, text) in changed { lines[number] = text }
        let moved = HostsFile.moved(Array(Self.content.utf8), moves)
        #expect(String(decoding: moved, as: UTF8.self) == lines.joined(separator: "\n"))
    }

    @Test(
        "is changed in place, longer and shorter", arguments: [("10.0.0.2", "10.0.0.103"), ("10.0.0.103", "10.0.0.2")])
    func inPlace(from: String, to: String) throws {
        let path = "/tmp/harness-hosts-\(getpid())-\(from)"
        let file = try #require(fopen(path, "w"))
        fputs("\(from)\tweb\nrest\n", file)
        fclose(file)
        defer { unlink(path) }
        var before = stat()
        stat(path, &before)
        try HostsFile.move(path, [AddressMove(from: from, to: to)])
        var after = stat()
        stat(path, &after)
        #expect(before.st_ino == after.st_ino)
        let reader = try #require(fopen(path, "r"))
        defer { fclose(reader) }
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = fread(&buffer, 1, buffer.count, reader)
        #expect(String(decoding: buffer[..<count], as: UTF8.self) == "\(to)\tweb\nrest\n")
        try HostsFile.move(path + "-missing", [AddressMove(from: from, to: to)])
    }
}
