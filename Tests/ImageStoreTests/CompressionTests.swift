import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Compressed archives")
struct CompressionTests {
    private func gzip(_ bytes: [UInt8], _ temporary: TemporaryStore) throws -> [UInt8] {
        try temporary.write(bytes, to: "plain")
        defer {
            unlink(temporary.directory + "/plain")
            unlink(temporary.directory + "/plain.gz")
        }
        let result = try run(["gzip", "-kn", temporary.directory + "/plain"])
        #expect(result.code == 0, "\(result.output)")
        return try readRegularFile(temporary.directory + "/plain.gz")
    }

    /// What the store itself makes of a plain archive.
    private func zstd(_ bytes: [UInt8]) throws -> [UInt8] {
        let other = try TemporaryStore()
        let image = try other.add(bytes).image
        let layer = try #require(image.manifest.layers.first)
        #expect(layer.mediaType == MediaType.zstdLayer)
        return try readRegularFile("\(other.location.blobs)/\(layer.digest.hex)")
    }

    @Test("are stored as they came, and mean the same layer")
    func sameLayer() throws {
        let temporary = try TemporaryStore()
        let plain = try temporary.add(ImportTests.small, as: "plain").image
        let gzipped = try gzip(ImportTests.small, temporary)
        let compressed = try zstd(ImportTests.small)
        let others = [
            (gzipped, MediaType.gzipLayer), (compressed, MediaType.zstdLayer),
        ]
        for (archive, type) in others {
            let image = try temporary.add(archive, as: "compressed").image
            #expect(image.layers == plain.layers)
            #expect(image.manifest.layers.map(\.digest) == [Digest(of: archive)])
            #expect(image.manifest.layers.map(\.size) == [Int64(archive.count)])
            #expect(image.manifest.layers.map(\.mediaType) == [type])
        }
    }

    @Test("may have several members, and zeros behind them")
    func members() throws {
        let temporary = try TemporaryStore()
        let half = ImportTests.small.count / 2
        let gzipped =
            try gzip(Array(ImportTests.small[..<half]), temporary)
            + gzip(Array(ImportTests.small[half...]), temporary)
        for archive in [gzipped, gzipped + [UInt8](repeating: 0, count: 5000)] {
            #expect(try temporary.add(archive).image.configuration.rootfs.diffIDs == [Digest(of: ImportTests.small)])
        }
    }

    @Test("that are cut off are refused at every length, and so are plain ones")
    func truncated() throws {
        let temporary = try TemporaryStore()
        let gzipped = try gzip(ImportTests.small, temporary)
        let compressed = try zstd(ImportTests.small)
        for archive in [gzipped, compressed] {
            for length in stride(from: 8, to: archive.count - 1, by: 7) {
                #expect(throws: ImageStoreError(.archive(ArchiveError(.truncated)))) {
                    try temporary.add(Array(archive[..<length]))
                }
            }
        }
        for length in stride(from: 512, to: ImportTests.small.count - 1024, by: 256) {
            #expect(throws: ImageStoreError(.archive(ArchiveError(.truncated)))) {
                try temporary.add(Array(ImportTests.small[..<length]))
            }
        }
        try temporary.expectNothingLeft()
    }

    @Test("that are damaged or of another kind are refused")
    func refused() throws {
        let temporary = try TemporaryStore()
        let gzipped = try gzip(ImportTests.small, temporary)
        var damaged = gzipped
        damaged[damaged.count - 6] ^= 1
        let cases: [([UInt8], (ArchiveError.Kind) -> Bool)] = [
            (damaged, { if case .compressionDamaged = $0 { true } else { false } }),
            (gzipped + Array("garbage".utf8), { if case .compressionDamaged = $0 { true } else { false } }),
            (Array("BZh91AY&SY".utf8), { $0 == .compressionUnsupported("bzip2") }),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], { $0 == .compressionUnsupported("xz") }),
            (Array("PK\u{3}\u{4}".utf8), { $0 == .compressionUnsupported("zip") }),
            (Array("#!/bin/sh\n".utf8) + [UInt8](repeating: 32, count: 1000), { $0 == .notTar }),
            ([], { $0 == .notTar }),
        ]
        for (archive, isExpected) in cases {
            let error = #expect(throws: ImageStoreError.self) { try temporary.add(archive) }
            guard case .archive(let cause) = error?.kind else {
                Issue.record("not an error of the archive: \(error?.description ?? "none")")
                continue
            }
            #expect(isExpected(cause.kind), "\(cause)")
        }
        try temporary.expectNothingLeft()
    }

    @Test("may not unpack to more than the bounds")
    func bombs() throws {
        let temporary = try TemporaryStore()
        let zeros = TarBuilder.archive { $0.file("zeros", String(repeating: "\u{0}", count: 10 << 20)) }
        let bomb = try gzip(zeros, temporary)
        #expect(bomb.count < 20 << 10)
        #expect(throws: ImageStoreError(.archive(ArchiveError(.tooLarge("1048576 bytes unpacked"))))) {
            try temporary.add(bomb, limits: UnpackLimits(bytes: 1 << 20))
        }
        let many = TarBuilder.archive { tar in for index in 0..<20 { tar.file("\(index)") } }
        #expect(throws: ImageStoreError(.archive(ArchiveError(.tooLarge("10 entries"))))) {
            try temporary.add(many, limits: UnpackLimits(entries: 10))
        }
        try temporary.expectNothingLeft()
    }
}
