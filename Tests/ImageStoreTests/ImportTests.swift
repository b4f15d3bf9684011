import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Importing a root file system")
struct ImportTests {
    static let small = TarBuilder.archive { tar in
        tar.directory("./")
        tar.directory("./bin/")
        tar.file("./bin/sh", "#!shell", mode: 0o755)
        tar.symbolicLink("./sh", to: "bin/sh")
        tar.hardLink("./bin/ash", to: "./bin/sh")
    }

    @Test("makes an image that resolves by name, digest and beginning of the digest")
    func resolves() throws {
        let temporary = try TemporaryStore()
        let imported = try temporary.add(Self.small, as: "demo:1", changes: [.command(["/bin/sh"])]).image
        for name in [
            "demo:1", "docker.io/library/demo:1", imported.digest.description, String(imported.digest.hex.prefix(6)),
        ] {
            #expect(try temporary.store.resolve(name) == imported)
        }
        #expect(imported.configuration.config?.cmd == ["/bin/sh"])
        #expect(imported.layers == ["\(temporary.location.layers)/\(Digest(of: Self.small).hex)"])
        #expect(imported.configuration.rootfs.diffIDs == [Digest(of: Self.small)])
        let layer = try #require(imported.layers.first)
        #expect(try readRegularFile(layer + "/bin/ash") == Array("#!shell".utf8))
        #expect(try temporary.names(in: temporary.location.staging) == [])
    }

    @Test("of the same archive gives the same image, whoever imports it")
    func deterministic() throws {
        let (one, other) = (try TemporaryStore(), try TemporaryStore())
        #expect(try one.add(Self.small).image.digest == other.add(Self.small).image.digest)
    }
}
