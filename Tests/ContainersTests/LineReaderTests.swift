import Glibc
import LinuxKernel
import Synchronization
import Testing

@testable import Containers

@Suite("Lines of a container's output")
struct LineReaderTests {
    private func lines(of chunks: [[UInt8]]) throws -> [String] {
        let loop = try EventLoop()
        let collected = Mutex<[String]>([])
        try loop.run {
            let pipe = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
            let writer = pipe.writer.rawValue
            let reader = try LineReader(try pipe.reader.duplicate(), on: loop) { line in
                collected.withLock { $0.append(line) }
            }
            for chunk in chunks {
                try writeAll(chunk, to: writer)
                reader.drain()
            }
            _ = pipe.takeReader()
            reader.drain()
        }
        return collected.withLock { $0 }
    }

    @Test(
        "are cut at line feeds wherever a read ends",
        arguments: [
            (["one\ntwo\n"], ["one", "two"]), (["on", "e\nt", "wo\n"], ["one", "two"]), (["\n\n"], ["", ""]),
            (["last"], ["last"]), ([], []), (["a\r\n"], ["a\r"]),
        ] as [([String], [String])])
    func splitting(chunks: [String], expected: [String]) throws {
        #expect(try lines(of: chunks.map { Array($0.utf8) }) == expected)
    }

    @Test("invalid UTF-8 is replaced")
    func invalid() throws { #expect(try lines(of: [[0x61, 0xff, 0x0a]]) == ["a\u{fffd}"]) }

    @Test("a line without an end comes in pieces of bounded size")
    func pieces() throws {
        let size = LineReader.maximumLine
        let text = [UInt8](repeating: 0x78, count: size * 2 + 5)
        #expect(try lines(of: [text]).map(\.utf8.count) == [size, size, 5])
    }
}
