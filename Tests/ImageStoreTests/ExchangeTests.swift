import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Saving and loading images")
struct ExchangeTests {
    /// Two images, of which one has two names.
    private func fill(_ temporary: TemporaryStore) throws {
        try temporary.add(ImportTests.small, as: "first", changes: [.command(["/bin/sh"])])
        try temporary.add(TarBuilder.archive { $0.file("f", "second") }, as: "registry.example.com/second:2")
        try temporary.store.tag("first", as: try Reference("other"))
    }

    private func save(_ names: [String], as format: SaveFormat, from temporary: TemporaryStore) throws -> String {
        let path = temporary.directory + "/saved"
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try temporary.store.save(names, as: format, to: file.rawValue)
        return path
    }

    @Test("what is saved is loaded with names and configuration", arguments: SaveFormat.allCases, ["", "gzip", "zstd"])
    func roundTrip(_ format: SaveFormat, _ compression: String) throws {
        let (temporary, other) = (try TemporaryStore(), try TemporaryStore())
        try fill(temporary)
        var path = try save(["first", "other", "registry.example.com/second:2"], as: format, from: temporary)
        if !compression.isEmpty {
            guard Requirement.program(compression).check() else { return }
            #expect(try run(["sh", "-c", "\(compression) -c \(path) > \(path).z"]).code == 0)
            path += ".z"
        }
        let loaded = try other.store.load(.archive(.path(path)))
        #expect(
            loaded.map { $0.references.map(\.familiar) } == [
                ["first:latest", "other:latest"], ["registry.example.com/second:2"],
            ])
        for name in ["first", "registry.example.com/second:2"] {
            let (from, to) = (try temporary.store.resolve(name), try other.store.resolve(name))
            #expect(to.configuration == from.configuration)
            #expect((to.digest == from.digest) == (format == .ociArchive || to.manifest == from.manifest))
            #expect(try temporary.store.changes(from: from, to: to).isEmpty)
        }
        #expect(try other.store.verify().problems.isEmpty)
        #expect(try other.names(in: other.location.staging) == [])
    }

    @Test("equal images give equal archives", arguments: SaveFormat.allCases)
    func deterministic(_ format: SaveFormat) throws {
        let temporary = try TemporaryStore()
        try fill(temporary)
        let first = try readRegularFile(try save(["first"], as: format, from: temporary))
        let second = try readRegularFile(try save(["first"], as: format, from: temporary))
        #expect(first == second)
    }

    @Test("skopeo reads what is saved", arguments: SaveFormat.allCases)
    func skopeoReads(_ format: SaveFormat) throws {
        guard Requirement.program("skopeo").check() else { return }
        let temporary = try TemporaryStore()
        try fill(temporary)
        let path = try save(["first"], as: format, from: temporary)
        let result = try run([
            "skopeo", "copy", "--quiet", "--insecure-policy", "\(format.rawValue):\(path)",
            "dir:\(temporary.directory)/copy",
        ])
        #expect(result.code == 0, "\(result.output)")
    }

    @Test("what skopeo writes is loaded", arguments: ["oci", "oci-archive", "docker-archive", "dir"])
    func skopeoWrites(_ transport: String) throws {
        guard Requirement.program("skopeo").check() else { return }
        let (temporary, other) = (try TemporaryStore(), try TemporaryStore())
        try fill(temporary)
        let place = "\(transport):\(temporary.directory)/copy"
        let named = transport == "dir" ? place : place + ":first:latest"
        // Docker's types know no zstd, with which the store keeps what came uncompressed.
        let origin =
            transport == "docker-archive"
            ? "docker-archive:\(try save(["first"], as: .dockerArchive, from: temporary))"
            : "oci:\(temporary.location.images):docker.io/library/first:latest"
        let result = try run([
            "skopeo", "copy", "--quiet", "--insecure-policy",
            origin, named,
        ])
        #expect(result.code == 0, "\(result.output)")
        let source = ImageSource(transport.hasPrefix("oci") ? named : place)
        let loaded = try other.store.load(source, as: try Reference("loaded"))
        #expect(loaded.map(\.references) == [[try Reference("loaded")]])
        let (from, to) = (try temporary.store.resolve("first"), try other.store.resolve("loaded"))
        #expect(try temporary.store.changes(from: from, to: to).isEmpty)
        #expect(to.configuration.config == from.configuration.config)
        if transport != "docker-archive" { #expect(to.digest == from.digest) }
    }

    @Test("one image of a layout is chosen by its name; an unknown name, or none, is told")
    func naming() throws {
        let (temporary, other) = (try TemporaryStore(), try TemporaryStore())
        try fill(temporary)
        let layout = temporary.location.images
        #expect(ImageSource(layout) == .layout(path: layout, name: nil))
        let chosen = try other.store.load(ImageSource("oci:\(layout):registry.example.com/second:2"))
        #expect(chosen.map { $0.references.map(\.familiar) } == [["registry.example.com/second:2"]])
        #expect(throws: ImageStoreError(.notInLayout("no"))) { try other.store.load(ImageSource("oci:\(layout):no")) }
        let all = #expect(throws: ImageStoreError.self) {
            try other.store.load(ImageSource(layout), as: try Reference("one"))
        }
        #expect(all?.description.contains("there are 2 images, which can't all be named 'one:latest'") == true)
    }

    /// Files of a made-up image archive, and what is said of it.
    typealias Hostile = (String, [UInt8], String)

    static let layoutFile = #"{"imageLayoutVersion":"1.0.0"}"#
    static let digest = String(repeating: "a", count: 64)

    static let hostileArchives: [Hostile] = [
        ("nothing in it", TarBuilder.archive { $0.file("x", "y") }, "has neither 'oci-layout' nor 'manifest.json'"),
        ("a name outside", TarBuilder.archive { $0.file("../manifest.json", "[]") }, "leads outside"),
        (
            "a device", TarBuilder.archive { $0.add(TarBuilder.Entry("manifest.json", type: "3")) },
            "an image archive holds only files"
        ),
        (
            "a link to itself", TarBuilder.archive { $0.symbolicLink("manifest.json", to: "manifest.json") },
            "has neither"
        ),
        (
            "a link out", TarBuilder.archive { $0.symbolicLink("manifest.json", to: "../../../etc/passwd") },
            "has neither"
        ),
        (
            "a link to a file of the host",
            TarBuilder.archive { $0.symbolicLink("manifest.json", to: "/etc/passwd") }, "has neither"
        ),
        ("no list", TarBuilder.archive { $0.file("manifest.json", "{}") }, "wrong type at the top"),
        ("an empty list", TarBuilder.archive { $0.file("manifest.json", "[]") }, "lists no image"),
        (
            "no configuration", TarBuilder.archive { $0.file("manifest.json", #"[{"Config":"c"}]"#) },
            "there is no file 'c'"
        ),
        (
            "a configuration of the host",
            TarBuilder.archive { $0.file("manifest.json", #"[{"Config":"../../../../etc/hostname"}]"#) },
            "there is no file"
        ),
        (
            "more layers than it has",
            TarBuilder.archive {
                $0.file("manifest.json", #"[{"Config":"c","RepoTags":["a"],"Layers":["l"]}]"#)
                $0.file("c", #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#)
            }, "gives it 1 layers, its configuration 0"
        ),
        (
            "another layer than it says",
            TarBuilder.archive {
                $0.file("manifest.json", #"[{"Config":"c","RepoTags":["a"],"Layers":["l"]}]"#)
                $0.file(
                    "c",
                    #"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:\#(digest)"]}}"#
                )
                $0.file("l", String(decoding: TarBuilder.archive { $0.file("f") }, as: UTF8.self))
            }, "content sha256:\(digest) is damaged"
        ),
        (
            "an index without the blob",
            TarBuilder.archive {
                $0.file("oci-layout", layoutFile)
                $0.file(
                    "index.json",
                    #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.manifest)","digest":"sha256:\#(digest)","size":2}]}"#
                )
            }, "needs content that is not there"
        ),
        (
            "a blob that is another",
            TarBuilder.archive {
                $0.file("oci-layout", layoutFile)
                $0.file(
                    "index.json",
                    #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.manifest)","digest":"sha256:\#(digest)","size":2}]}"#
                )
                $0.file("blobs/sha256/\(digest)", "{}")
            }, "content sha256:\(digest) is damaged"
        ),
    ]

    @Test("a hostile or broken archive is refused, and nothing is left of it", arguments: hostileArchives)
    func hostile(_ row: Hostile) throws {
        let temporary = try TemporaryStore()
        try temporary.write(row.1, to: "archive")
        let error = #expect(throws: ImageStoreError.self) {
            try temporary.store.load(.archive(.path(temporary.directory + "/archive")))
        }
        #expect(error?.description.contains(row.2) == true, "\(String(describing: error))")
        unlink(temporary.directory + "/archive")
        _ = try temporary.store.sweep()
        try temporary.expectNothingLeft()
    }

    @Test(
        "an image of a layout is named as it is written there, or as anywhere else",
        arguments: [
            ("first", 1), ("docker.io/library/first:latest", 1), ("registry.example.com/second:2", 1), ("second", 0),
        ])
    func named(name: String, count: Int) throws {
        let (temporary, other) = (try TemporaryStore(), try TemporaryStore())
        try fill(temporary)
        let path = try save(["first", "registry.example.com/second:2"], as: .ociArchive, from: temporary)
        let source = ImageSource.ociArchive(path: path, name: name)
        if count > 0 {
            #expect(try other.store.load(source).count == count)
        } else {
            #expect(throws: ImageStoreError(.notInLayout(name))) { try other.store.load(source) }
        }
    }

    @Test("a truncated archive, or one with a broken layer, names no image at all")
    func truncated() throws {
        let (temporary, other) = (try TemporaryStore(), try TemporaryStore())
        try fill(temporary)
        let path = try save(["first", "registry.example.com/second:2"], as: .ociArchive, from: temporary)
        let bytes = try readRegularFile(path)
        try other.write(Array(bytes.prefix(bytes.count - 2000)), to: "cut")
        #expect(throws: ImageStoreError.self) { try other.store.load(.archive(.path(other.directory + "/cut"))) }
        unlink(other.directory + "/cut")
        _ = try other.store.sweep()
        try other.expectNothingLeft()
    }

    @Test(
        "sources are told by their first word",
        arguments: [
            ("-", .archive(.descriptor(0))), ("a.tar", .archive(.path("a.tar"))),
            ("oci:/p:n:1", .layout(path: "/p", name: "n:1")), ("oci:/p", .layout(path: "/p", name: nil)),
            ("oci-archive:a:n", .ociArchive(path: "a", name: "n")), ("docker-archive:a", .dockerArchive(path: "a")),
            ("dir:d", .directory(path: "d")), ("./oci:x", .archive(.path("./oci:x"))),
            ("http:x", .archive(.path("http:x"))),
        ] as [(String, ImageSource)])
    func sources(_ text: String, _ source: ImageSource) { #expect(ImageSource(text) == source) }
}
