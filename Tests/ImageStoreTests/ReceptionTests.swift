import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Content from elsewhere")
struct ReceptionTests {
    @Test("an image that comes in pieces is unpacked and named, its manifest byte for byte")
    func pieces() throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        do {
            let reception = try temporary.store.receive()
            try reception.add(image.configuration)
            let receiver = try #require(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver)
            #expect(receiver.offset == 0)
            for byte in image.layer { try receiver.append([byte]) }
            #expect(receiver.offset == Int64(image.layer.count))
            try receiver.finish()
            let manifest = Array("  ".utf8) + image.manifest
            try reception.commit(
                manifest, mediaType: MediaType.dockerManifest, as: [try Reference("a"), try Reference("b")])
            #expect(try temporary.store.documentBytes(Digest(of: manifest)) == manifest)
        }
        let found = try temporary.store.resolve("b")
        #expect(try readRegularFile(found.layers[0] + "/f") == Array("content".utf8))
        #expect(try temporary.store.resolve("a").digest == found.digest)
        #expect(try temporary.names(in: temporary.location.staging) == [])
        #expect(try temporary.names(in: temporary.location.root + "/downloads") == [])
    }

    @Test("a broken download goes on where it ended")
    func resume() throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        do {
            let reception = try temporary.store.receive()
            let receiver = try #require(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver)
            try receiver.append(image.layer.prefix(700))
            let error = #expect(throws: ImageStoreError.self) { try receiver.finish() }
            #expect(
                error?.kind
                    == .sizeMismatch(image.layerDescriptor.digest, expected: image.layerDescriptor.size, actual: 700))
        }
        _ = try temporary.store.sweep()
        let reception = try temporary.store.receive()
        let receiver = try #require(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver)
        #expect(receiver.offset == 700)
        try receiver.append(image.layer.dropFirst(700))
        try receiver.finish()
        #expect(try reception.has(image.layerDescriptor.digest))
    }

    @Test("who keeps pace with the unpacking does not wait for one that has failed", .timeLimit(.minutes(1)))
    func paceOfFailure() throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        let reception = try temporary.store.receive()
        var layer = image.layerDescriptor
        layer.size = 80 << 20
        let receiver = try #require(try reception.claim(layer, layer: image.diffID).receiver)
        let piece = [UInt8](repeating: 120, count: 1 << 20)
        let error = #expect(throws: ImageStoreError.self) {
            for _ in 0..<80 {
                try receiver.append(piece)
                receiver.keepPace()
            }
            try receiver.finish()
        }
        let isTold = if case .archive(ArchiveError(.notTar)) = error?.kind { true } else { false }
        #expect(isTold, "\(String(describing: error))")
    }

    @Test("a broken download that nobody has gone on with for a day is gone with the next reception")
    func abandoned() throws {
        let temporary = try TemporaryStore()
        let downloads = temporary.location.root + "/downloads"
        _ = try run(["mkdir", "-p", downloads])
        let (old, recent) = (Digest(of: [1]), Digest(of: [2]))
        for digest in [old, recent] {
            try temporary.write([7], to: "home/downloads/\(digest.hex)")
            try temporary.write([], to: "home/downloads/\(digest.hex).lock")
        }
        let day = timeval(tv_sec: time(nil) - 24 * 3600, tv_usec: 0)
        #expect(utimes("\(downloads)/\(old.hex)", [day, day]) == 0)
        _ = try temporary.store.receive()
        #expect(try temporary.names(in: downloads) == [recent.hex])
    }

    @Test("a server that begins anew is followed")
    func restart() throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        let reception = try temporary.store.receive()
        let receiver = try #require(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver)
        try receiver.append(image.layer.suffix(600))
        try receiver.restart()
        #expect(receiver.offset == 0)
        try receiver.append(image.layer)
        try receiver.finish()
    }

    /// What is wrong with a layer, and how it is told.
    struct Wrong: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: @Sendable ([UInt8]) -> [UInt8]
        var isExpected: @Sendable (ImageStoreError.Kind) -> Bool
    }

    static let wrongs = [
        Wrong(testDescription: "another content") {
            $0.map { $0 ^ ($0 == 0x63 ? 1 : 0) }
        } isExpected: {
            if case .digestMismatch = $0 { true } else { false }
        },
        Wrong(testDescription: "more bytes than were said") {
            $0 + [0]
        } isExpected: {
            if case .sizeMismatch = $0 { true } else { false }
        },
    ]

    @Test("nothing stays of a blob that is wrong", arguments: wrongs)
    func wrong(_ wrong: Wrong) throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        do {
            let reception = try temporary.store.receive()
            let receiver = try #require(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver)
            let error = #expect(throws: ImageStoreError.self) {
                try receiver.append(wrong.bytes(image.layer))
                try receiver.finish()
            }
            #expect(error.map { wrong.isExpected($0.kind) } == true, "\(String(describing: error))")
        }
        try temporary.expectNothingLeft()
        #expect(try temporary.names(in: temporary.location.root + "/downloads") == [])
    }

    @Test("a layer that is no archive, or unpacks to something else than its image says, is refused")
    func wrongLayer() throws {
        let temporary = try TemporaryStore()
        let other = Digest(of: [1])
        for (image, text) in [
            (try ReceivedImage(archive: Array(repeating: 7, count: 2048)), "the file is not a tar archive"),
            (
                try ReceivedImage(archive: TarBuilder.archive { $0.file("f", "x") }, diffID: other),
                "content \(other) is"
            ),
            (
                try ReceivedImage(archive: TarBuilder.archive { $0.file("../f", "x") }),
                "archive entry '../f' is refused"
            ),
        ] {
            do {
                let reception = try temporary.store.receive()
                let receiver = try #require(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver)
                let error = #expect(throws: ImageStoreError.self) {
                    try receiver.append(image.layer)
                    try receiver.finish()
                }
                #expect(error?.description.hasPrefix(text) == true, "\(String(describing: error))")
            }
            try temporary.expectNothingLeft()
            #expect(try temporary.names(in: temporary.location.root + "/downloads") == [])
        }
    }

    @Test("of eight who want a blob one fetches it, the others wait and find it")
    func once() async throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        let store = temporary.store
        let fetched = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<8 {
                group.addTask {
                    var hasFetched = false
                    let reception = try store.receive()
                    try reception.add(image.configuration)
                    if case .missing(let receiver) = try reception.claim(image.layerDescriptor, layer: image.diffID) {
                        hasFetched = true
                        try receiver.append(image.layer)
                        try receiver.finish()
                    }
                    try reception.commit(
                        image.manifest, mediaType: MediaType.manifest, as: [try Reference("name\(index)")])
                    return hasFetched
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(fetched == 1)
        #expect(try store.list().map(\.references.count) == [8])
    }

    @Test("a layer whose directory is gone is unpacked from its blob, not fetched")
    func unpackedAgain() throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        try image.pull(into: temporary.store, as: "a")
        let directory = "\(temporary.location.layers)/\(image.diffID.hex)"
        _ = try run(["rm", "-r", directory])
        let reception = try temporary.store.receive()
        #expect(try reception.claim(image.layerDescriptor, layer: image.diffID).receiver == nil)
        #expect(access(directory + "/f", F_OK) == 0)
    }

    @Test("what has been received stays as long as the reception, and goes with the next sweep")
    func pinned() throws {
        let temporary = try TemporaryStore()
        let image = try ReceivedImage()
        do {
            let reception = try temporary.store.receive()
            try image.fetch(into: reception)
            try temporary.add(TarBuilder.archive { $0.file("other") }, as: "other")
            try temporary.store.remove("other")
            _ = try temporary.store.sweep()
            #expect(try temporary.store.contains(image.layerDescriptor.digest))
            #expect(access("\(temporary.location.layers)/\(image.diffID.hex)/f", F_OK) == 0)
        }
        _ = try temporary.store.sweep()
        try temporary.expectNothingLeft()
    }

    @Test("an image that lacks something is not named, and the one that has the name keeps it")
    func incomplete() throws {
        let temporary = try TemporaryStore()
        let (old, image) = (try ReceivedImage(content: "old"), try ReceivedImage(content: "new"))
        try old.pull(into: temporary.store, as: "a")
        let reception = try temporary.store.receive()
        try reception.add(image.configuration)
        let error = #expect(throws: ImageStoreError.self) {
            try reception.commit(image.manifest, mediaType: MediaType.manifest, as: [try Reference("a")])
        }
        #expect(error?.kind == .blobsMissing([image.layerDescriptor.digest]))
        #expect(try temporary.store.resolve("a").digest == old.manifestDigest)
    }

    @Test("the image that loses its name to another goes")
    func replaced() throws {
        let temporary = try TemporaryStore()
        let (old, image) = (try ReceivedImage(content: "old"), try ReceivedImage(content: "new"))
        try old.pull(into: temporary.store, as: "a")
        try image.pull(into: temporary.store, as: "a", pulled: 1_700_000_000)
        #expect(try temporary.store.list().map(\.digest) == [image.manifestDigest])
        #expect(try temporary.store.contains(old.layerDescriptor.digest) == false)
        #expect(try temporary.store.pulledTime(try Reference("a")) == 1_700_000_000)
    }

    @Test("an upload is placed by the digest that its end names, and refused by another")
    func uploads() throws {
        let temporary = try TemporaryStore()
        let reception = try temporary.store.receive()
        let bytes = Array("bytes".utf8)
        let upload = try reception.upload()
        try bytes.withUnsafeBytes { try upload.append($0) }
        #expect(upload.offset == 5)
        #expect(throws: ImageStoreError.self) { try upload.finish(Digest(of: [])) }
        #expect(try temporary.names(in: temporary.location.blobs) == [])
        try upload.finish(Digest(of: bytes))
        #expect(try reception.has(Digest(of: bytes)))
        #expect(try temporary.store.openBlob(Digest(of: bytes)).size == 5)
    }
}

extension Reception.Claim {
    var receiver: BlobReceiver? {
        if case .missing(let receiver) = self { receiver } else { nil }
    }
}
