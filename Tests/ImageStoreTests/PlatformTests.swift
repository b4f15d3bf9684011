import ImageStore
import OCI
import Testing

@Suite("Images for several platforms")
struct PlatformTests {
    static let arm = Platform(architecture: "arm", variant: "v7")

    /// An index of two manifests, of which `present` are in the store.
    static func pull(_ present: [ReceivedImage], of all: [Descriptor], into store: ImageStore) throws -> Digest {
        let reception = try store.receive()
        for image in present {
            try image.fetch(into: reception)
            try reception.add(image.manifest)
        }
        let index = try Index(manifests: all).json()
        try reception.commit(index, mediaType: MediaType.index, as: [try Reference("multi")])
        return Digest(of: index)
    }

    @Test("the variant for this machine is found, and every other where it is here")
    func selection() throws {
        let temporary = try TemporaryStore()
        let host = try ReceivedImage(content: "host")
        let arm = try ReceivedImage(content: "arm", platform: Self.arm)
        let digest = try Self.pull(
            [host, arm], of: [arm.entry(Self.arm), host.entry(.host)], into: temporary.store)
        let found = try temporary.store.resolve("multi")
        #expect(found.digest == host.manifestDigest)
        #expect(found.root == digest)
        #expect(try temporary.store.resolve("multi", platform: Self.arm).digest == arm.manifestDigest)
        #expect(try temporary.store.list().map(\.digest) == [digest])
        #expect(try temporary.store.list().first?.platforms == [Self.arm, .host])
    }

    @Test("an index of which only another platform is here is listed, and its use says what there is")
    func otherOnly() throws {
        let temporary = try TemporaryStore()
        let host = try ReceivedImage(content: "host")
        let arm = try ReceivedImage(content: "arm", platform: Self.arm)
        _ = try Self.pull([arm], of: [host.entry(.host), arm.entry(Self.arm)], into: temporary.store)
        #expect(try temporary.store.list().first?.platforms == [Self.arm])
        let error = #expect(throws: ImageStoreError.self) { try temporary.store.resolve("multi") }
        #expect(
            error?.description
                == "the store has no variant of the image for \(Platform.host), only for linux/arm/v7")
    }

    @Test("an index of which nothing is here is refused")
    func empty() throws {
        let temporary = try TemporaryStore()
        let host = try ReceivedImage(content: "host")
        let error = #expect(throws: ImageStoreError.self) {
            try Self.pull([], of: [host.entry(.host)], into: temporary.store)
        }
        #expect(error?.kind == .blobsMissing([host.manifestDigest]))
    }

    @Test("an index goes only when none of its manifests is in use, with all of them")
    func removal() throws {
        let temporary = try TemporaryStore()
        let host = try ReceivedImage(content: "host")
        let arm = try ReceivedImage(content: "arm", platform: Self.arm)
        _ = try Self.pull([host, arm], of: [host.entry(.host), arm.entry(Self.arm)], into: temporary.store)
        do {
            let hold = try temporary.store.retain(try temporary.store.resolve("multi", platform: Self.arm))
            let error = #expect(throws: ImageStoreError.self) { try temporary.store.remove("multi") }
            #expect(error?.kind == .imageInUse("multi"))
            withExtendedLifetime(hold) {}
        }
        #expect(try temporary.store.remove("multi").isDeleted)
        try temporary.expectNothingLeft()
    }

    @Test(
        "the best variant is chosen",
        arguments: [
            ("linux/arm/v7", ["v6", "v7", nil], 1), ("linux/arm/v8", ["v6", nil, "v7"], 1), ("arm", ["v6", "v7"], 0),
            ("linux/arm/v7", ["v6"], nil),
        ] as [(String, [String?], Int?)])
    func bestFit(_ wanted: String, _ variants: [String?], _ expected: Int?) throws {
        let manifests = variants.enumerated().map { index, variant in
            Descriptor(
                mediaType: MediaType.manifest, digest: Digest(of: [UInt8(index)]), size: 1,
                platform: Platform(architecture: "arm", variant: variant))
        }
        let platform = try #require(Platform(wanted))
        #expect(platform.bestFit(among: manifests)?.digest == expected.map { manifests[$0].digest })
    }
}
