import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Naming and removing images")
struct RemoveTests {
    static let other = TarBuilder.archive { $0.file("other", "x") }

    @Test("an image goes with its last name, and takes along only what is its own")
    func lastName() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let image = try temporary.add(ImportTests.small, as: "one").image
        // The same layer under another configuration.
        let sibling = try temporary.add(ImportTests.small, as: "sibling", changes: [.user("nobody")]).image
        #expect(sibling.layers == image.layers && sibling.digest != image.digest)
        try store.tag("one", as: try Reference("two"))
        #expect(
            try store.list().map(\.references) == [
                [try Reference("one"), try Reference("two")], [try Reference("sibling")],
            ])

        #expect(try store.remove("one") == ([try Reference("one")], false))
        #expect(try store.resolve("two") == image)
        #expect(try store.remove("two") == ([try Reference("two")], true))
        #expect(throws: ImageStoreError(.imageMissing("two"))) { try store.resolve("two") }
        #expect(try store.resolve("sibling") == sibling)
        #expect(try temporary.names(in: temporary.location.blobs).count == 3)

        try store.remove(sibling.digest.description)
        try temporary.expectNothingLeft()
    }

    @Test("a name that moves takes the image along that it was the last name of")
    func moved() throws {
        let temporary = try TemporaryStore()
        try temporary.add(ImportTests.small)
        let new = try temporary.add(Self.other).image
        #expect(try temporary.store.list().map(\.digest) == [new.digest])
        #expect(try temporary.names(in: temporary.location.blobs).count == 3)
        #expect(try temporary.names(in: temporary.location.layers).count == 1)
    }

    /// Waits for the children of tests beside this one, which hold copies of every descriptor until their execve(2).
    private func waitUntilFree(_ path: String) throws {
        let file = try OwnedDescriptor.open(path, O_RDONLY)
        #expect(try lockFile(file.rawValue, LOCK_EX))
    }

    @Test("an image that a container has is not removed, and one that lost its name stays until nobody has it")
    func inUse() throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        let image = try temporary.add(ImportTests.small).image
        var hold: ImageHold? = try store.retain(image)
        #expect(throws: ImageStoreError(.imageInUse("test"))) { try store.remove("test") }
        #expect(try store.resolve("test") == image)

        try temporary.add(Self.other)
        #expect(try store.sweep().unnamedImages == 0)
        #expect(try store.resolve(image.digest.description) == image)
        #expect(try store.list().contains { $0.digest == image.digest && $0.references.isEmpty })

        withExtendedLifetime(hold) {}
        hold = nil
        try waitUntilFree("\(temporary.location.blobs)/\(image.digest.hex)")
        #expect(try store.sweep().unnamedImages == 1)
        #expect(throws: ImageStoreError.self) { try store.resolve(image.digest.description) }
        #expect(throws: ImageStoreError(.imageMissing(image.digest.description))) { try store.retain(image) }
        #expect(access(image.layers[0], F_OK) != 0)
    }

    @Test("of what is not there is an error that names it")
    func missing() throws {
        let temporary = try TemporaryStore()
        #expect(throws: ImageStoreError(.imageMissing("none"))) { try temporary.store.remove("none") }
        #expect(throws: ImageStoreError(.imageMissing("none"))) {
            try temporary.store.tag("none", as: try Reference("some"))
        }
    }
}
