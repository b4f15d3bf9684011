import OCI
import Testing

@Suite("References")
struct ReferenceTests {
    static let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)

    static let forms: [(String, String, String)] = [
        ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
        ("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("index.docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("library/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("team/app", "docker.io/team/app:latest", "team/app:latest"),
        ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("registry.example.com/a/b/c:v1", "registry.example.com/a/b/c:v1", "registry.example.com/a/b/c:v1"),
        ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"),
        ("a__b/c.d-e--f", "docker.io/a__b/c.d-e--f:latest", "a__b/c.d-e--f:latest"),
        ("busybox@\(digest)", "docker.io/library/busybox@\(digest)", "busybox@\(digest)"),
        ("busybox:1@\(digest)", "docker.io/library/busybox:1@\(digest)", "busybox:1@\(digest)"),
        ("Example/app", "Example/app:latest", "Example/app:latest"),
        ("docker://busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("docker://oci:1", "docker.io/library/oci:1", "oci:1"),
        ("docker://localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"),
    ]

    @Test("are normalised as Docker does", arguments: forms)
    func normalised(text: String, full: String, familiar: String) throws {
        let reference = try Reference(text)
        #expect(reference.description == full)
        #expect(reference.familiar == familiar)
        #expect(try Reference(reference.description) == reference)
        #expect(try Reference(reference.familiar) == reference)
    }

    static let mistakes: [(String, ReferenceError.Kind)] = [
        ("", ReferenceError.Kind.empty),
        ("docker://", .empty),
        ("https://example.com/app", .transport("https")),
        ("containers-storage:app", .transport("containers-storage")),
        ("ostree:/repo", .transport("ostree")),
        ("ocj:./app", .transport("ocj")),
        ("Busybox", .repository),
        ("a//b", .repository),
        ("/a", .repository),
        ("a/", .repository),
        ("a___b", .repository),
        ("a..b", .repository),
        ("-a", .repository),
        ("../../etc/passwd", .registry),
        ("a b", .repository),
        ("bücher", .repository),
        ("a:", .tag),
        ("a:.hidden", .tag),
        ("a:b c", .tag),
        ("a:" + String(repeating: "t", count: 129), .tag),
        ("ex_ample.com/a", .registry),
        ("example.com:99999/a", .registry),
        ("example.com:+80/a", .registry),
        (String(repeating: "0123456789abcdef", count: 4), .identifier),
        (String(repeating: "a/", count: 130) + "b", .tooLong),
        (String(repeating: "a", count: 2000), .tooLong),
    ]

    @Test("name the part that is wrong", arguments: mistakes)
    func refused(text: String, kind: ReferenceError.Kind) {
        #expect(throws: ReferenceError(kind: kind, text: text)) { try Reference(text) }
    }

    @Test("pass on what is wrong with a digest")
    func digestRefused() {
        let cause = DigestError(kind: .malformed, text: "sha256:1")
        #expect(throws: ReferenceError(kind: .digest(cause), text: "a@sha256:1")) { try Reference("a@sha256:1") }
    }

    @Test("suggest the lower-case name")
    func remedy() {
        let error = ReferenceError(kind: .repository, text: "team/BusyBox")
        #expect(error.remedy.contains("'team/busybox'"))
    }
}
