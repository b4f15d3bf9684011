import ImageStore
import OCI
import Testing

@Suite("Other tools")
struct SkopeoTests {
    @Test("skopeo reads the store as an OCI image layout")
    func inspect() throws {
        guard Requirement.program("skopeo").check() else { return }
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small, as: "demo:1", changes: [.environment(["A=1"])]).image
        let name = "oci:\(temporary.location.images):docker.io/library/demo:1"
        let result = try run(["skopeo", "inspect", name])
        #expect(result.code == 0, "\(result.output)")
        #expect(result.output.contains(image.digest.description))
        #expect(result.output.contains("A=1"))
        // Copying checks every digest and size.
        let copied = try run(["skopeo", "copy", name, "dir:\(temporary.directory)/copy"])
        #expect(copied.code == 0, "\(copied.output)")
    }

    @Test("what skopeo copies into the store is an image of it")
    func copy() throws {
        guard Requirement.program("skopeo").check() else { return }
        let (source, target) = (try TemporaryStore(), try TemporaryStore())
        let image = try source.add(ImportTests.small, as: "demo:1").image
        try target.add(RemoveTests.other, as: "own")
        let result = try run([
            "skopeo", "copy", "oci:\(source.location.images):docker.io/library/demo:1",
            "oci:\(target.location.images):demo:copied",
        ])
        #expect(result.code == 0, "\(result.output)")
        let copied = try target.store.resolve("demo:copied")
        #expect(copied.configuration == image.configuration)
        #expect(try target.store.resolve("own").layers.count == 1)
    }
}
