import ImageStore
import OCI
import Testing

@Suite("The difference of two images")
struct ImageDifferenceTests {
    /// An image of several layers, base first.
    private func add(_ layers: [[UInt8]], as name: String, to store: ImageStore) throws -> StoredImage {
        let reception = try store.receive()
        let images = try layers.map { try ReceivedImage(archive: $0) }
        for image in images { try image.fetch(into: reception) }
        let configuration = try ImageConfiguration(diffIDs: images.map(\.diffID)).json()
        try reception.add(configuration)
        let manifest = Manifest(
            config: Descriptor(
                mediaType: MediaType.configuration, digest: Digest(of: configuration),
                size: Int64(configuration.count)), layers: images.map(\.layerDescriptor))
        try reception.commit(try manifest.json(), mediaType: MediaType.manifest, as: [try Reference(name)])
        return try store.resolve(name)
    }

    static let base = TarBuilder.archive {
        $0.directory("d")
        $0.file("d/kept", "1")
        $0.file("d/gone", "1")
        $0.file("changed", "old")
        $0.file("same", "same")
        $0.directory("opaque")
        $0.file("opaque/below", "1")
    }

    @Test("is what upper layers add, change and hide")
    func layers() throws {
        guard Requirement.root.check() else { return }
        let temporary = try TemporaryStore()
        let upper = TarBuilder.archive {
            $0.file("d/.wh.gone")
            $0.file("changed", "new")
            $0.file("same", "same")
            $0.directory("opaque")
            $0.file("opaque/.wh..wh..opq")
            $0.file("opaque/above", "1")
            $0.directory("new")
            $0.file("new/file", "1")
        }
        let first = try add([Self.base], as: "first", to: temporary.store)
        let second = try add([Self.base, upper], as: "second", to: temporary.store)
        func lines(_ from: StoredImage, _ to: StoredImage) throws -> [String] {
            try temporary.store.changes(from: from, to: to).map { "\($0.kind.rawValue) \($0.path)" }
        }
        #expect(
            try lines(first, second) == [
                "changed /changed", "deleted /d/gone", "added /new", "added /new/file", "added /opaque/above",
                "deleted /opaque/below",
            ])
        #expect(
            try lines(second, first) == [
                "changed /changed", "added /d/gone", "deleted /new", "deleted /new/file", "deleted /opaque/above",
                "added /opaque/below",
            ])
        #expect(try lines(second, second) == [])
    }

    @Test("is found in modes, owners, links and kinds, not in times")
    func metadata() throws {
        let temporary = try TemporaryStore()
        let first = try add(
            [
                TarBuilder.archive {
                    $0.file("mode", "1", mode: 0o644)
                    $0.symbolicLink("link", to: "a")
                    $0.file("kind", "1")
                    $0.add(time: 1)
                }
            ], as: "first", to: temporary.store)
        let second = try add(
            [
                TarBuilder.archive {
                    $0.file("mode", "1", mode: 0o755)
                    $0.symbolicLink("link", to: "b")
                    $0.directory("kind")
                    $0.add(time: 2)
                }
            ], as: "second", to: temporary.store)
        #expect(
            try temporary.store.changes(from: first, to: second).map(\.path) == ["/kind", "/link", "/mode"])
    }
}

extension TarBuilder {
    /// A file that was changed at that second.
    fileprivate mutating func add(time: Int64) {
        var entry = Entry("time", "1")
        entry.modified = time
        add(entry)
    }
}
