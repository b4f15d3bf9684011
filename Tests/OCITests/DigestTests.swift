import OCI
import Testing

@Suite("Digests")
struct DigestTests {
    // FIPS 180-4's examples.
    @Test(
        "hash known texts to the published values",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func knownValues(text: String, hex: String) throws {
        #expect(Digest(of: Array(text.utf8)).description == "sha256:\(hex)")
        var hasher = DigestHasher()
        for byte in text.utf8 { hasher.update([byte]) }
        #expect(hasher.finalize().hex == hex)
    }

    @Test("read back what they write")
    func roundTrip() throws {
        let digest = Digest(of: [1, 2, 3])
        #expect(try Digest(digest.description) == digest)
        #expect(try Digest(hex: digest.hex) == digest)
    }

    static let mistakes: [(String, DigestError.Kind)] = [
        ("", DigestError.Kind.malformed),
        ("sha256", .malformed),
        ("sha256:", .malformed),
        ("sha256:" + String(repeating: "a", count: 63), .malformed),
        ("sha256:" + String(repeating: "a", count: 65), .malformed),
        ("sha256:" + String(repeating: "A", count: 64), .malformed),
        ("sha256:" + String(repeating: "g", count: 64), .malformed),
        ("sha256:../../../../etc/passwd", .malformed),
        ("sha512:" + String(repeating: "a", count: 128), .algorithmUnsupported),
        ("SHA256:" + String(repeating: "a", count: 64), .algorithmUnsupported),
    ]

    @Test("refuse what is not sha256 and 64 lower-case hexadecimal digits", arguments: mistakes)
    func refused(text: String, kind: DigestError.Kind) {
        #expect(throws: DigestError(kind: kind, text: text)) { try Digest(text) }
    }
}
