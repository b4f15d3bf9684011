import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

/// A process that is killed leaves what it had written; the kernel drops its locks.
///
/// Both are simulated here: files without anybody who has them locked.
@Suite("What a killed process leaves")
struct LeftoverTests {
    @Test("does not disturb, and is gone with the next import")
    func nextImport() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small).image
        _ = try run(["mkdir", "-p", temporary.location.staging + "/123/layer/etc"])
        try temporary.write([1, 2, 3], to: "home/staging/123/blob")
        #expect(try temporary.store.resolve("test") == image)
        try temporary.add(ImportTests.small, as: "again")
        #expect(try temporary.names(in: temporary.location.staging) == [])
    }

    @Test("is gone with a sweep: work in progress, blobs and layers that no image has")
    func sweep() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small).image
        // Killed between the renames and the index, in each state that there is.
        let orphan = Digest(of: [1, 2, 3])
        _ = try run(["mkdir", "-p", temporary.location.staging + "/123/layer/etc"])
        try temporary.write([1, 2, 3], to: "home/images/blobs/sha256/\(orphan.hex)")
        _ = try run(["mkdir", "\(temporary.location.layers)/\(orphan.hex)"])
        try temporary.write([], to: "home/layers-unsynced/\(orphan.hex)")

        let swept = try temporary.store.sweep()

        #expect(swept == report(abandonedWriters: 1, unreferenced: 3))
        #expect(try temporary.store.resolve("test") == image)
        #expect(try temporary.names(in: temporary.location.staging) == [])
        #expect(try temporary.names(in: temporary.location.blobs).count == 3)
        #expect(try temporary.names(in: temporary.location.layers).count == 1)
        #expect(try temporary.store.sweep() == report())
    }

    @Test("a sweep leaves a living writer's work alone, and an import that is called off leaves nothing")
    func livingWriter() throws {
        let temporary = try TemporaryStore()
        try temporary.write(
            TarBuilder.archive { $0.file("big", String(repeating: "x", count: 2 << 20)) }, to: "archive")
        var swept = 0
        var calls = 0
        let error = #expect(throws: ImageStoreError.self) {
            try temporary.store.importArchive(
                .path(temporary.directory + "/archive"), as: try Reference("test"),
                isCancelled: {
                    do { swept += try temporary.store.sweep().abandonedWriters } catch { Issue.record(error) }
                    calls += 1
                    return calls > 4
                })
        }
        #expect(error?.kind == .cancelled)
        #expect(swept == 0)
        unlink(temporary.directory + "/archive")
        try temporary.expectNothingLeft()
    }

    private func report(abandonedWriters: Int = 0, unreferenced: Int = 0) -> SweepReport {
        var report = SweepReport()
        (report.abandonedWriters, report.unreferenced) = (abandonedWriters, unreferenced)
        return report
    }
}
