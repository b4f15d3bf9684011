import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@Suite("Verifying the store")
struct VerificationTests {
    private func make() throws -> (TemporaryStore, StoredImage) {
        let temporary = try TemporaryStore()
        let image = try temporary.add(
            TarBuilder.archive {
                $0.directory("etc")
                $0.file("etc/passwd", "root")
                $0.symbolicLink("sh", to: "etc/passwd")
                $0.hardLink("hard", to: "etc/passwd")
            }, as: "test"
        ).image
        return (temporary, image)
    }

    @Test("finds nothing wrong with a whole store, and says what it has looked at")
    func whole() throws {
        let (temporary, _) = try make()
        try ReceivedImage().pull(into: temporary.store, as: "second")
        let report = try temporary.store.verify()
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect((report.images, report.blobs, report.layers) == (2, 6, 2))
        #expect(try temporary.store.verify(comparesLayers: false).layers == 0)
        #expect(try temporary.names(in: temporary.location.staging) == [])
    }

    /// What is damaged, the command that does it, and what is said.
    typealias Damage = (String, String, String)

    @Test(
        "finds a damage",
        arguments: [
            ("a changed blob", "printf x | dd of=$BLOB conv=notrunc", "is damaged: its digest is"),
            ("a cut blob", "truncate -s 10 $BLOB", "has 10 bytes, expected"),
            ("a missing blob", "rm $BLOB", "the store has no content"),
            ("another content in a layer", "printf rooT > $LAYER/etc/passwd", "/etc/passwd is changed"),
            ("a file more in a layer", "touch $LAYER/more", "/more is added"),
            ("a file less in a layer", "rm $LAYER/sh", "/sh is deleted"),
            ("another mode in a layer", "chmod 600 $LAYER/etc/passwd", "is changed"),
        ] as [Damage])
    func damaged(_ damage: Damage) throws {
        let (temporary, image) = try make()
        let blob = "\(temporary.location.blobs)/\(image.manifest.layers[0].digest.hex)"
        let variables = ["PATH=/usr/bin:/bin", "BLOB=\(blob)", "LAYER=\(image.layers[0])"]
        #expect(try run(["sh", "-c", damage.1], environment: variables).code == 0)
        let report = try temporary.store.verify()
        #expect(report.problems.first?.text.contains(damage.2) == true, "\(report.problems)")
        #expect(report.problems.first?.subject == "docker.io/library/test:latest")
    }
}
