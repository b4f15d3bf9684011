import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Several at a time")
struct ConcurrencyTests {
    @Test("eight imports of one archive under eight names give one image and one layer")
    func sameArchive() async throws {
        let temporary = try TemporaryStore()
        try temporary.write(ImportTests.small, to: "archive")
        let (store, path) = (temporary.store, temporary.directory + "/archive")
        let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
            for index in 0..<8 {
                group.addTask { try store.importArchive(.path(path), as: try Reference("name\(index)")).image.digest }
            }
            return try await group.reduce(into: Set<Digest>()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(try store.list().map(\.references.count) == [8])
        #expect(try temporary.names(in: temporary.location.layers).count == 1)
        #expect(try temporary.names(in: temporary.location.blobs).count == 3)
        #expect(try temporary.names(in: temporary.location.staging) == [])
        #expect(try readRegularFile(try store.resolve("name3").layers[0] + "/bin/sh") == Array("#!shell".utf8))
    }

    @Test("imports, names, removals and sweeps at once leave every image whole")
    func mixed() async throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        for index in 0..<4 {
            try temporary.write(TarBuilder.archive { $0.file("f", "\(index)") }, to: "archive\(index)")
        }
        let directory = temporary.directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<8 {
                        let name = try Reference("name\(round % 3)")
                        _ = try store.importArchive(.path("\(directory)/archive\(worker)"), as: name)
                        do {
                            let image = try store.resolve("name\((round + 1) % 3)")
                            let hold = try store.retain(image)
                            #expect(try readRegularFile(image.layers[0] + "/f").count == 1)
                            withExtendedLifetime(hold) {}
                        } catch let error as ImageStoreError {
                            // Another worker has given the name to its image in between.
                            switch error.kind {
                            case .imageMissing, .blobMissing: break
                            default: throw error
                            }
                        }
                        if round % 4 == 3 { _ = try store.sweep() }
                    }
                }
            }
            try await group.waitForAll()
        }
        for image in try store.list() {
            let layer = try #require(try store.resolve(image.digest.description).layers.first)
            #expect(try readRegularFile(layer + "/f").count == 1)
        }
        #expect(try temporary.names(in: temporary.location.staging) == [])
    }
}
