import CLinux
import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Pruning")
struct PruneTests {
    /// Three images, used 10, 20 and 30 days ago, each with a file of 1 MiB.
    static let day: Int64 = 86400
    static let now: Int64 = 2_000_000_000

    private func fill(_ temporary: TemporaryStore) throws {
        for (index, name) in ["ten", "twenty", "thirty"].enumerated() {
            let content = String(repeating: Character(Unicode.Scalar(UInt8(97 + index))), count: 1 << 20)
            let image = try temporary.add(TarBuilder.archive { $0.file("f", content) }, as: name).image
            let time = timespec(tv_sec: Int(Self.now - Int64(index + 1) * 10 * Self.day), tv_nsec: 0)
            try checked("utimensat") { utimensat(AT_FDCWD, manifest(image, temporary), [time, time], 0) }
        }
    }

    private func manifest(_ image: StoredImage, _ temporary: TemporaryStore) -> String {
        "\(temporary.location.blobs)/\(image.digest.hex)"
    }

    private func names(_ temporary: TemporaryStore) throws -> Set<String> {
        Set(try temporary.store.list().flatMap(\.references).map(\.repository))
    }

    @Test(
        "takes what was not used for so long",
        arguments: [
            (nil, ["library/ten", "library/twenty", "library/thirty"]),
            (31, ["library/ten", "library/twenty", "library/thirty"]), (30, ["library/ten", "library/twenty"]),
            (15, ["library/ten"]), (0, []),
        ] as [(Int64?, Set<String>)])
    func age(_ days: Int64?, _ left: Set<String>) throws {
        let temporary = try TemporaryStore()
        try fill(temporary)
        let report = try temporary.store.prune(
            PruneRequest(olderThan: days.map { $0 * Self.day }), now: Self.now)
        #expect(try names(temporary) == left)
        #expect(report.removed.count == 3 - left.count)
        #expect(try temporary.names(in: temporary.location.layers).count == left.count)
    }

    @Test("takes the images used longest ago until the rest is small enough")
    func size() throws {
        let temporary = try TemporaryStore()
        try fill(temporary)
        let report = try temporary.store.prune(PruneRequest(maximalSize: 5 << 19), now: Self.now)
        #expect(try names(temporary) == ["library/ten", "library/twenty"])
        #expect(report.left <= 5 << 19)
        #expect(report.freed >= 1 << 20)
        #expect(try temporary.store.prune(PruneRequest(maximalSize: 0), now: Self.now).removed.count == 2)
    }

    @Test("never takes what is in use, and using an image makes it young")
    func inUse() throws {
        let temporary = try TemporaryStore()
        try fill(temporary)
        do {
            let hold = try temporary.store.retain(try temporary.store.resolve("thirty"))
            let report = try temporary.store.prune(PruneRequest(everything: true), now: Self.now)
            #expect(try names(temporary) == ["library/thirty"])
            #expect(report.inUse.map { $0.references.map(\.repository) } == [["library/thirty"]])
            #expect(access(try temporary.store.resolve("thirty").layers[0] + "/f", F_OK) == 0)
            withExtendedLifetime(hold) {}
        }
        // The hold has set the time of the last use to the real one, which is before `now`.
        let age = Self.now - Int64(time(nil))
        #expect(try temporary.store.prune(PruneRequest(olderThan: age + 60), now: Self.now).removed.isEmpty)
        #expect(try temporary.store.prune(PruneRequest(olderThan: age - 60), now: Self.now).removed.count == 1)
    }

    @Test("usage counts blobs and layers, and what no image has")
    func usage() throws {
        let temporary = try TemporaryStore()
        try fill(temporary)
        try temporary.write(Array(repeating: 1, count: 100_000), to: "home/images/blobs/sha256/\(Digest(of: []).hex)")
        let usage = try temporary.store.usage()
        #expect(usage.images.count == 3)
        #expect(usage.blobs.count == 10)
        #expect(usage.layers.count == 3)
        #expect(usage.layers.bytes >= 3 << 20)
        #expect((100_000..<200_000).contains(usage.reclaimable))
        #expect(usage.total == usage.blobs.bytes + usage.layers.bytes)
    }
}
