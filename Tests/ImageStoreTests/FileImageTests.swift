import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Images in files, named by transport and path")
struct FileImageTests {
    static let forms: [(String, FileImage.Transport, String, String?)] = [
        ("oci:/a/b", .layout, "/a/b", nil), ("oci:/a/b:1.0", .layout, "/a/b", "1.0"),
        ("oci:/a:registry.example.com:5000/app:1", .layout, "/a", "registry.example.com:5000/app:1"),
        ("oci-archive:/a//b/../c.tar:1", .ociArchive, "/a/c.tar", "1"),
        ("docker-archive:/a.tar:busybox:latest", .dockerArchive, "/a.tar", "busybox:latest"),
        ("docker-archive:/a.tar:@1", .dockerArchive, "/a.tar", "@1"), ("dir:/a:b", .directory, "/a:b", nil),
    ]

    @Test("a name has a transport, a path and what is asked for there", arguments: forms)
    func form(text: String, transport: FileImage.Transport, path: String, name: String?) throws {
        let image = try #require(try FileImage(text))
        #expect(image.transport == transport)
        #expect(image.path == path)
        #expect(image.name == name)
        #expect(try FileImage(image.description) == image)
    }

    @Test("a relative path begins at the current directory")
    func relative() throws {
        let image = try #require(try FileImage("oci:./a"))
        #expect(image.path.hasPrefix("/") && image.path.hasSuffix("/a") && !image.path.contains("/./"))
    }

    @Test("other names are of registries", arguments: ["busybox", "app:1", "docker://oci:1", "sha256:abcd", "ocix:1"])
    func others(text: String) throws { #expect(try FileImage(text) == nil) }

    @Test("a name without a path is refused", arguments: FileImage.Transport.allCases)
    func pathMissing(transport: FileImage.Transport) {
        #expect(throws: ImageStoreError(.pathMissing(transport))) { try FileImage("\(transport.rawValue):") }
    }

    @Test(
        "each path and tag has a name of its own in the store", arguments: ["oci:/a/Ä b.tar:1", "dir:/", "oci:/--x--"])
    func reference(text: String) throws {
        let reference = try #require(try FileImage(text)).reference
        #expect(reference.description.hasPrefix("localhost/files/"))
        #expect(try #require(try FileImage(text + "2")).reference != reference)
    }

    private func place(_ transport: FileImage.Transport, _ temporary: TemporaryStore) throws -> FileImage {
        try #require(try FileImage("\(transport.rawValue):\(temporary.directory)/place"))
    }

    @Test("what is written is read again, with configuration and files", arguments: FileImage.Transport.allCases)
    func roundTrip(transport: FileImage.Transport) throws {
        let (source, target) = (try TemporaryStore(), try TemporaryStore())
        let image = try source.add(ImportTests.small, as: "demo:1", changes: [.environment(["A=1"])]).image
        let files = try place(transport, source)
        #expect(try source.store.write("demo:1", to: files) == image.digest)
        let fetched = try target.store.fetch(files, now: 7)
        #expect(fetched.references == [try files.reference])
        let read = try target.store.resolve(files.description)
        #expect(read.configuration == image.configuration)
        #expect(try source.store.changes(from: image, to: read).isEmpty)
        #expect(try target.store.pulledTime(try files.reference) == 7)
        #expect(try target.store.verify().problems.isEmpty)
        #expect(try source.names(in: source.directory).filter { $0.hasSuffix(".part") || $0.hasSuffix(".old") } == [])
    }

    @Test("what has changed is seen, and what has not is not read again", arguments: FileImage.Transport.allCases)
    func current(transport: FileImage.Transport) throws {
        let (source, target) = (try TemporaryStore(), try TemporaryStore())
        try source.add(ImportTests.small, as: "one")
        try source.add(RemoveTests.other, as: "two")
        let files = try #require(
            try FileImage("\(transport.rawValue):\(source.directory)/place" + (transport == .directory ? "" : ":app:1"))
        )
        _ = try source.store.write("one", to: files)
        #expect(try !target.store.isCurrent(files))
        let first = try target.store.fetch(files, now: 1)
        #expect(try target.store.isCurrent(files))
        _ = try source.store.write("two", to: files)
        #expect(try !target.store.isCurrent(files))
        let second = try target.store.fetch(files, now: 2)
        #expect(first.digest != second.digest)
        #expect(try target.store.isCurrent(files))
        #expect(try target.store.list().count == 1)
    }

    @Test("a layout keeps its other images, and one of several must be named")
    func several() throws {
        let (source, target) = (try TemporaryStore(), try TemporaryStore())
        try source.add(ImportTests.small, as: "one")
        try source.add(RemoveTests.other, as: "two")
        let path = "oci:\(source.directory)/layout"
        for name in ["one", "two"] {
            _ = try source.store.write(name, to: try #require(try FileImage("\(path):\(name)")))
        }
        for name in ["one", "two"] {
            let files = try #require(try FileImage("\(path):\(name)"))
            let read = try target.store.fetch(files, now: 0)
            #expect(try read.digest == source.store.entry(name).digest)
        }
        let all = #expect(throws: ImageStoreError.self) {
            try target.store.fetch(try #require(try FileImage(path)), now: 0)
        }
        #expect(all?.description.contains("has 2 images") == true)
        #expect(all?.description.contains("'one', 'two'") == true)
    }

    @Test(
        "one image of Docker's archive is chosen by its name or its place",
        arguments: [("two", 1), ("@1", 1), ("@0", 0)])
    func dockerName(name: String, place: Int) throws {
        let (source, target) = (try TemporaryStore(), try TemporaryStore())
        let images = [
            try source.add(ImportTests.small, as: "one").image, try source.add(RemoveTests.other, as: "two").image,
        ]
        let path = source.directory + "/saved"
        try writingFile(path) { try source.store.save(["one", "two"], as: .dockerArchive, to: $0) }
        _ = try target.store.fetch(try #require(try FileImage("docker-archive:\(path):\(name)")), now: 0)
        let read = try target.store.resolve("docker-archive:\(path):\(name)")
        #expect(read.configuration == images[place].configuration)
        let unknown = #expect(throws: ImageStoreError.self) {
            try target.store.fetch(try #require(try FileImage("docker-archive:\(path):@2")), now: 0)
        }
        #expect(unknown?.description.contains("no image '@2', but 'one:latest', 'two:latest'") == true)
    }

    @Test("a directory with something else in it stays as it is", arguments: [FileImage.Transport.layout, .directory])
    func refused(transport: FileImage.Transport) throws {
        let source = try TemporaryStore()
        try source.add(ImportTests.small, as: "one")
        try makeDirectory(source.directory + "/place")
        try source.write(Array("mine".utf8), to: "place/file")
        let error = #expect(throws: ImageStoreError.self) {
            try source.store.write("one", to: try place(transport, source))
        }
        let isRefused = if case .targetRefused = error?.kind { true } else { false }
        #expect(isRefused, "\(String(describing: error))")
        #expect(try source.names(in: source.directory + "/place") == ["file"])
    }

    @Test("by its name in files an image is removed, and only it")
    func remove() throws {
        let source = try TemporaryStore()
        try source.add(ImportTests.small, as: "one")
        let files = try place(.ociArchive, source)
        _ = try source.store.write("one", to: files)
        _ = try source.store.fetch(files, now: 0)
        #expect(try source.store.remove(files.description).names == [try files.reference])
        #expect(try source.store.list().first?.references == [try Reference("one")])
        #expect(throws: ImageStoreError(.imageMissing(files.description))) {
            try source.store.remove(files.description)
        }
    }

    @Test("skopeo reads what is written", arguments: FileImage.Transport.allCases)
    func skopeoReads(transport: FileImage.Transport) throws {
        guard Requirement.program("skopeo").check() else { return }
        let source = try TemporaryStore()
        let image = try source.add(ImportTests.small, as: "demo:1").image
        let files = try place(transport, source)
        _ = try source.store.write("demo:1", to: files)
        let result = try run([
            "skopeo", "copy", "--quiet", "--insecure-policy", files.description, "dir:\(source.directory)/copy",
        ])
        #expect(result.code == 0, "\(result.output)")
        guard transport != .dockerArchive else { return }
        let manifest = try readRegularFile(source.directory + "/copy/manifest.json")
        #expect(Digest(of: manifest) == image.digest)
    }

    @Test("what skopeo writes is read", arguments: FileImage.Transport.allCases)
    func skopeoWrites(transport: FileImage.Transport) throws {
        guard Requirement.program("skopeo").check() else { return }
        let (source, target) = (try TemporaryStore(), try TemporaryStore())
        let image = try source.add(ImportTests.small, as: "demo:1").image
        let files = try #require(
            try FileImage(
                "\(transport.rawValue):\(source.directory)/place" + (transport == .directory ? "" : ":team/app:1")))
        // From an archive of plain layers: Docker's types know no zstd.
        let origin = try #require(try FileImage("docker-archive:\(source.directory)/origin"))
        _ = try source.store.write("demo:1", to: origin)
        let result = try run([
            "skopeo", "copy", "--quiet", "--insecure-policy", origin.description, files.description,
        ])
        #expect(result.code == 0, "\(result.output)")
        _ = try target.store.fetch(files, now: 0)
        let read = try target.store.resolve(files.description)
        #expect(try source.store.changes(from: image, to: read).isEmpty)
    }
}
