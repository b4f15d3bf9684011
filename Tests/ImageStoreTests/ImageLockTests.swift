import ImageStore
import OCI
import Testing

@Suite("The lock file")
struct ImageLockTests {
    static let digest = Digest(of: [1])

    @Test("is the same after it has been written and read, and sorted")
    func roundTrip() throws {
        var lock = ImageLock()
        lock.pin(try Reference("registry.example.com:5000/b:1"), to: Self.digest)
        lock.pin(try Reference("busybox"), to: Self.digest)
        lock.pin(try Reference("pinned@\(Digest(of: []))"), to: Self.digest)
        let text = """
            {
              "images": {
                "docker.io/library/busybox:latest": "\(Self.digest)",
                "registry.example.com:5000/b:1": "\(Self.digest)"
              },
              "version": 1
            }

            """
        #expect(lock.json == text)
        #expect(try ImageLock(json: Array(text.utf8)) == lock)
        #expect(try ImageLock(json: Array(ImageLock().json.utf8)) == ImageLock())
    }

    @Test("gives a name its digest, leaves one that has a digest, and knows no other")
    func pinning() throws {
        var lock = ImageLock()
        let busybox = try Reference("docker.io/library/busybox:latest")
        lock.pin(try Reference("busybox"), to: Self.digest)
        #expect(lock.pinned(busybox)?.description == "\(busybox)@\(Self.digest)")
        let own = try Reference("a@\(Digest(of: []))")
        #expect(lock.pinned(own) == own)
        let other = try Reference("busybox:1")
        #expect(lock.pinned(other) == nil)
    }

    @Test(
        "is refused with what is wrong",
        arguments: [
            ("", "not valid JSON"), ("{}", "no 'version'"), (#"{"version": 2, "images": {}}"#, "its version is 2"),
            (#"{"version": 1, "images": {"A": "sha256:0"}}"#, "image reference 'A'"),
            (#"{"version": 1, "images": {"a": "md5:0"}}"#, "is not a sha256 digest"),
        ])
    func refused(_ text: String, _ message: String) {
        let error = #expect(throws: DocumentError.self) { try ImageLock(json: Array(text.utf8)) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
}
