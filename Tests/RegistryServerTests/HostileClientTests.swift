import Foundation
import Glibc
import NIOHTTP1
import OCI
import RegistryProtocol
import Testing

@testable import RegistryServer

/// Clients that want to do harm: each is cut off or refused, and the registry serves the next one.
@Suite("A hostile client", .timeLimit(.minutes(5)))
struct HostileClientTests {
    /// Whether the registry still does what it is for.
    private func expectAlive(_ registry: RunningRegistry, location: SourceLocation = #_sourceLocation) async throws {
        let status = try await registry.send(.GET, "/v2/").status
        #expect(status == 200, sourceLocation: location)
    }

    private func contents(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    static let unfinished = [
        "", "GET /v2/ HTTP/1.1\r\nHost: x\r\n",
        "POST /v2/a/blobs/uploads/?digest=x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
    ]

    @Test("that does not finish its request is cut off", arguments: unfinished)
    func silent(beginning: String) async throws {
        try await withRegistry({ $0.patience = 1 }) { registry in
            let answer = try await RawConnection(to: registry.address).send(beginning).readToEnd()
            #expect(!String(decoding: answer, as: UTF8.self).contains(" 201 "))
            try await expectAlive(registry)
        }
    }

    @Test("that sends a byte at a time is cut off", arguments: unfinished)
    func dripping(beginning: String) async throws {
        try await withRegistry({ $0.patience = 1 }) { registry in
            try await RawConnection(to: registry.address).send(beginning).drip(UInt8(ascii: "x"), milliseconds: 50)
            try await expectAlive(registry)
        }
    }

    @Test("that never begins TLS is cut off")
    func noHandshake() async throws {
        try await withRegistry({ ($0.patience, $0.selfSignedNames) = (1, ["127.0.0.1"]) }) { registry in
            let connection = try RawConnection(to: registry.address)
            #expect(try await connection.readToEnd().isEmpty)
        }
    }

    @Test("that takes nothing of an answer is cut off")
    func deaf() async throws {
        try await withRegistry({ $0.patience = 1 }) { registry in
            // More than sockets keep in between.
            let digest = try await registry.putBlob([UInt8](repeating: 7, count: 32 << 20), in: "a")
            let connection = try RawConnection(to: registry.address)
            try connection.send("GET /v2/a/blobs/\(digest) HTTP/1.1\r\nHost: x\r\n\r\n")
            // Nothing is read until the server has given up, which its open files show.
            for expected in [true, false] {
                let deadline = ContinuousClock.now + .seconds(60)
                while try isOpen(digest) != expected, ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(try isOpen(digest) == expected)
            }
            #expect(try await connection.readToEnd().count < 32 << 20)
        }
    }

    /// Whether this process, which the server is in, has a blob open.
    private func isOpen(_ digest: Digest) throws -> Bool {
        try contents("/proc/self/fd").contains { number in
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
            let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return path.hasSuffix("/blobs/sha256/\(digest.hex)")
        }
    }

    @Test("that opens more connections than there may be does not keep others out for longer than its time")
    func manyConnections() async throws {
        try await withRegistry({ ($0.connectionLimit, $0.patience) = (4, 1) }) { registry in
            let connections = try (0..<12).map { _ in try RawConnection(to: registry.address) }
            try await expectAlive(registry)
            for connection in connections { #expect(try await connection.readToEnd().isEmpty) }
        }
    }

    @Test(
        "that announces more than a blob or manifest may have is refused before it sends anything",
        arguments: [
            "POST /v2/a/blobs/uploads/?digest=sha256:\(String(repeating: "0", count: 64))",
            "PUT /v2/a/manifests/1",
        ])
    func giantLength(request: String) async throws {
        try await withRegistry { registry in
            let length = Int64.max
            let connection = try RawConnection(to: registry.address)
            try connection.send("\(request) HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
            #expect(String(decoding: try await connection.read(4096), as: UTF8.self).hasPrefix("HTTP/1.1 413 "))
            #expect(try contents(registry.root + "/uploads").isEmpty)
            try await expectAlive(registry)
        }
    }

    @Test(
        "whose request is none gets no content, and the connection is closed",
        arguments: [
            "GET /v2/ HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}garbage\r\n\r\n", "GET /v2/\r\n\r\n",
            "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /v2/ HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 200_000))\r\n\r\n",
            "GET /v2/ HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: y\r\n", count: 10_000))\r\n",
            "GET /v2/\(String(repeating: "a/", count: 50_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
        ])
    func malformed(request: String) async throws {
        try await withRegistry({ $0.patience = 2 }) { registry in
            let connection = try RawConnection(to: registry.address)
            do {
                try connection.send(request)
            } catch {
                // It is cut off in the middle of what it sends.
            }
            let answer = String(decoding: try await connection.readToEnd(), as: UTF8.self)
            #expect(!answer.contains("HTTP/1.1 2"), "\(answer)")
            try await expectAlive(registry)
        }
    }

    @Test(
        "that writes ways out into a name gets nothing of the host",
        arguments: [
            "/v2/../../../../etc/passwd", "/v2/..%2f..%2f..%2fetc%2fpasswd/manifests/latest",
            "/v2/a/blobs/..%2f..%2f..%2f..%2fetc%2fpasswd", "/v2/a/manifests/..%2f..%2f..%2flock",
            "/v2/%2e%2e/%2e%2e/blobs/sha256:\(String(repeating: "0", count: 64))",
            "/v2/a/blobs/uploads/..%2f..%2flock", "/v2/a%00b/tags/list", "/v2/a/tags/list?last=../../..&n=-1",
            "/v2/a/referrers/sha256:../../../lock", "//etc/passwd", "/v2//etc/passwd/manifests/x",
        ])
    func traversal(path: String) async throws {
        try await withRegistry { registry in
            try await registry.putImage("a", "1")
            for method in ["GET", "DELETE", "PUT"] {
                let connection = try RawConnection(to: registry.address)
                try connection.send(
                    "\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                let answer = String(decoding: try await connection.readToEnd(), as: UTF8.self)
                let isList = path.contains("/tags/list?") && method == "GET"
                #expect(answer.hasPrefix(isList ? "HTTP/1.1 " : "HTTP/1.1 4"), "\(method): \(answer)")
                #expect(!answer.contains("root:"))
            }
            #expect(try contents(registry.root).sorted() == ["blobs", "lock", "repositories", "uploads"])
            #expect(try contents(registry.root + "/repositories") == ["a"])
        }
    }

    @Test("whose upload has another digest than it says leaves nothing, by each way of uploading")
    func wrongDigest() async throws {
        try await withRegistry { registry in
            let other = Digest(of: [1])
            let begun = try await registry.send(.POST, "/v2/a/blobs/uploads/")
            let place = begun.headers.first(name: "location") ?? ""
            #expect(try await registry.send(.PATCH, place, body: [7, 7]).status == 202)
            let put = try await registry.send(.PUT, "\(place)?digest=\(other)", body: [7])
            #expect(put.status == 400)
            #expect(put.text.contains("DIGEST_INVALID"))
            #expect(try await registry.send(.GET, place).status == 404)
            #expect(try await registry.send(.HEAD, "/v2/a/blobs/\(other)").status == 404)
            let missing = try await registry.send(.POST, "/v2/a/blobs/uploads/?digest=nonsense", body: [7])
            #expect(missing.status == 400)
            #expect(try contents(registry.root + "/uploads").isEmpty)
            #expect(try contents(registry.root + "/blobs/sha256").isEmpty)
        }
    }

    @Test("whose upload is never finished takes its place no longer than the time for it")
    func neverFinished() async throws {
        try await withRegistry({ ($0.uploadLifetime, $0.uploadLimit) = (1, 1) }) { registry in
            let begun = try await registry.send(.POST, "/v2/a/blobs/uploads/")
            let place = begun.headers.first(name: "location") ?? ""
            #expect(try await registry.send(.PATCH, place, body: [7, 7]).status == 202)
            // Without any further request.
            let deadline = ContinuousClock.now + .seconds(60)
            while try !contents(registry.root + "/uploads").isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try contents(registry.root + "/uploads").isEmpty)
            #expect(try await registry.send(.GET, place).status == 404)
            #expect(try await registry.send(.POST, "/v2/a/blobs/uploads/").status == 202)
        }
    }

    @Test("that deletes what another one is reading does not cut that one short")
    func deletionWhilePulled() async throws {
        try await withRegistry { registry in
            // More than sockets keep in between.
            let content = [UInt8](repeating: 7, count: 24 << 20)
            let digest = try await registry.putBlob(content, in: "a")
            let reader = try RawConnection(to: registry.address)
            try reader.send("GET /v2/a/blobs/\(digest) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            var answer = try await reader.read(1000)
            #expect(try await registry.send(.DELETE, "/v2/a/blobs/\(digest)").status == 202)
            #expect(try await registry.send(.GET, "/v2/a/blobs/\(digest)").status == 404)
            answer += try await reader.readToEnd()
            #expect(Digest(of: Array(answer.suffix(content.count))) == digest)
        }
    }

    @Test("no link in its folder leads the registry to a file outside")
    func linkToFile() async throws {
        try await withRegistry { registry in
            let secret = registry.root + ".secret"
            try Data("secret".utf8).write(to: URL(fileURLWithPath: secret))
            defer { unlink(secret) }
            let (_, digest) = try await registry.putImage("a", "1")
            let layer = Digest(of: Array("layer".utf8))
            for (path, request) in [
                ("blobs/sha256/\(layer.hex)", "/v2/a/blobs/\(layer)"), ("repositories/a/_tags/1", "/v2/a/manifests/1"),
                ("blobs/sha256/\(digest.hex)", "/v2/a/manifests/\(digest)"),
            ] {
                unlink("\(registry.root)/\(path)")
                #expect(symlink(secret, "\(registry.root)/\(path)") == 0)
                let answer = try await registry.send(.GET, request)
                #expect(answer.status == 500)
                #expect(!answer.text.contains("secret"))
            }
        }
    }

    @Test(
        "a folder with a link in the place of a directory is not served", arguments: ["blobs", "repositories/a/_tags"])
    func linkToFolder(path: String) async throws {
        let root = NSTemporaryDirectory() + "/registry-\(UUID().uuidString)"
        let outside = root + ".outside"
        defer {
            for folder in [root, outside] {
                do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
            }
        }
        try FileManager.default.createDirectory(atPath: outside + "/sha256", withIntermediateDirectories: true)
        let parent = (root + "/" + path).split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        #expect(symlink(outside, "\(root)/\(path)") == 0)
        let error = #expect(throws: RegistryError.self) { try FolderStorage.open(root: root) }
        #expect(error?.message.contains("\(root)/\(path) is a symbolic link") == true)
    }
}
