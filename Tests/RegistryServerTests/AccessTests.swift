import Foundation
import NIOSSL
import NIOHTTP1
import OCI
import RegistryProtocol
import Testing

@testable import RegistryServer

/// Who gets in, and what gets through.
@Suite("Access to a registry", .timeLimit(.minutes(5)))
struct AccessTests {
    /// `htpasswd -nbBC 4 me secret`
    private static let line = "me:$2y$04$bPNM5pUCOW8MmaZfrmbO/ehgHBU0750w/DLxw2ykS6zjaatTBemya"

    private func passwordFile(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + "/users-\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("a user of the file gets in, nobody else does")
    func users() async throws {
        let path = try passwordFile("# users\n\(Self.line)\n")
        try await withRegistry({ $0.passwordFile = path }) { registry in
            func status(_ pair: String?) async throws -> Int {
                let field = pair.map { [("authorization", "Basic " + Data($0.utf8).base64EncodedString())] } ?? []
                return try await registry.send(.GET, "/v2/", field).status
            }
            #expect(try await status("me:secret") == 200)
            #expect(try await status("me:secret") == 200)
            #expect(try await status("me:Secret") == 401)
            #expect(try await status("me:") == 401)
            #expect(try await status("you:secret") == 401)
            #expect(try await status("me") == 401)
            #expect(try await status(nil) == 401)
            let answer = try await registry.send(.GET, "/v2/")
            #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Basic realm=") == true)
        }
        try FileManager.default.removeItem(atPath: path)
    }

    @Test(
        "a password in another form than bcrypt is told with its line",
        arguments: [
            "me:$apr1$x$y", "me:plain", "me", ":$2y$05$x",
            "me:$2y$99$0123456789012345678901234567890123456789012345678901a", "",
        ])
    func otherForms(text: String) throws {
        let path = try passwordFile(text)
        let error = #expect(throws: RegistryError.self) { try PasswordFile(path: path) }
        #expect(error?.message.contains(path) == true)
        #expect(error?.remedy?.contains("htpasswd -B") == true)
        try FileManager.default.removeItem(atPath: path)
    }

    @Test(
        "names, tags and digests that are none are refused before any file is looked for",
        arguments: [
            "/v2/../../etc/passwd/manifests/latest", "/v2/a/manifests/..", "/v2/a/manifests/.hidden", "/v2/A/tags/list",
            "/v2/a/../b/tags/list", "/v2/_tags/tags/list", "/v2/a//b/tags/list", "/v2/a/blobs/sha256:..%2f..",
            "/v2/a/blobs/sha512:00",
            "/v2/a/manifests/sha256:\(String(repeating: "A", count: 64))", "/v2/a/blobs/uploads/../../x",
            "/v2/%2e%2e/tags/list",
            "/v1/", "/", "/v2/a", "/v2/a/manifests/",
        ])
    func traversal(path: String) {
        #expect(throws: Refusal.self) { try Route(path: path) }
    }

    @Test(
        "paths are taken apart from their ends: a repository may be called as a part of the interface",
        arguments: [
            ("/v2/", Route.interface), ("/v2/_catalog", .catalog), ("/v2/a/tags/list", .tags(repository: "a")),
            ("/v2/blobs/uploads/tags/list", .tags(repository: "blobs/uploads")),
            ("/v2/a/manifests/manifests/1", .manifest(repository: "a/manifests", .tag("1"))),
            ("/v2/a/blobs/uploads/", .uploads(repository: "a")), ("/v2/a/blobs/uploads", .uploads(repository: "a")),
            (
                "/v2/a__b/c-d.e/blobs/uploads/0123456789abcdef0123456789abcdef",
                .upload(repository: "a__b/c-d.e", identifier: "0123456789abcdef0123456789abcdef")
            ),
        ] as [(String, Route)])
    func routes(path: String, expected: Route) throws {
        #expect(try Route(path: path) == expected)
    }

    @Test(
        "ranges are those of RFC 9110",
        arguments: [
            ("bytes=0-9", 0..<10), ("bytes=90-", 90..<100), ("bytes=-5", 95..<100), ("bytes=0-1000", 0..<100),
            ("bytes=-1000", 0..<100),
            ("bytes=100-", nil), ("bytes=5-4", nil), ("bytes=0-1,3-4", nil), ("items=0-1", nil), ("bytes=-0", nil),
        ] as [(String, Range<Int64>?)])
    func ranges(text: String, expected: Range<Int64>?) {
        #expect(RegistryResponder.range(text, 100) == expected)
    }

    @Test("a certificate that is made has the names, is kept, and is trusted by who trusts its file")
    func selfSigned() async throws {
        let root = NSTemporaryDirectory() + "/tls-\(UUID().uuidString)"
        _ = try ServerCertificate.selfSigned(for: ["localhost", "127.0.0.1"], in: root)
        let first = try Data(contentsOf: URL(fileURLWithPath: root + "/cert.pem"))
        _ = try ServerCertificate.selfSigned(for: ["localhost", "127.0.0.1"], in: root)
        #expect(try Data(contentsOf: URL(fileURLWithPath: root + "/cert.pem")) == first)
        _ = try ServerCertificate.selfSigned(for: ["other.example"], in: root)
        #expect(try Data(contentsOf: URL(fileURLWithPath: root + "/cert.pem")) != first)
        let attributes = try FileManager.default.attributesOfItem(atPath: root + "/key.pem")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        try FileManager.default.removeItem(atPath: root)
    }
}
