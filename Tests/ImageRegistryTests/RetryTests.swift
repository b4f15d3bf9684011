import ImageRegistry
import OCI
import RegistryProtocol
import Synchronization
import ScriptedRegistry
import Testing

/// What is tried again, and how.
@Suite("Failures that pass", .timeLimit(.minutes(5)))
struct RetryTests {
    private static let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test("a download that breaks goes on where it was")
    func resume() async throws {
        let content = Self.content
        let registry = try ScriptedRegistry { request in
            guard let range = request.headers["range"] else {
                return .raw(
                    ScriptedRegistry.head(200, ["Content-Length": "\(content.count)"], length: nil) + content[..<70_000]
                )
            }
            let start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
            let fields = ["Content-Range": "bytes \(start)-\(content.count - 1)/\(content.count)"]
            return .reply(206, fields, Array(content[start...]))
        }
        let sink = Sink()
        let error = try await failure(try client(of: registry)) {
            try await $0.blob(repository: "a/b", digest: Digest(of: content), size: Int64(content.count)) {
                sink.take($0)
            }
        }
        #expect(error == nil)
        #expect(sink.bytes == content)
        // Of what was on its way when the connection broke, the client may have lost the end.
        let ranges = registry.requests.map { $0.headers["range"] }
        #expect(ranges.count >= 2 && ranges.first == .some(nil))
        let start = (ranges.last ?? nil).flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0
        #expect((1...70_000).contains(start))
    }

    @Test("where parts can't be asked for, what is there is not taken twice")
    func resumeWithoutRanges() async throws {
        let content = Self.content
        let isFirst = Mutex(true)
        let flag = Flag(isFirst)
        let registry = try ScriptedRegistry { _ in
            let head = ScriptedRegistry.head(200, ["Content-Length": "\(content.count)"], length: nil)
            return .raw(head + (flag.takeFirst() ? Array(content[..<70_000]) : content))
        }
        let sink = Sink()
        let error = try await failure(try client(of: registry)) {
            try await $0.blob(repository: "a/b", digest: Digest(of: content), size: Int64(content.count)) {
                sink.take($0)
            }
        }
        #expect(error == nil)
        #expect(sink.bytes == content)
    }

    @Test("a download that was begun earlier asks for the rest alone")
    func offset() async throws {
        let content = Self.content
        let registry = try ScriptedRegistry { _ in
            .reply(206, ["Content-Range": "bytes 150000-199999/200000"], Array(content[150_000...]))
        }
        let sink = Sink()
        let error = try await failure(try client(of: registry)) {
            try await $0.blob(
                repository: "a/b", digest: Digest(of: content), size: Int64(content.count), offset: 150_000
            ) { sink.take($0) }
        }
        #expect(error == nil)
        #expect(sink.bytes == Array(content[150_000...]))
        #expect(registry.requests.map { $0.headers["range"] } == ["bytes=150000-"])
    }

    @Test("a registry that asks to wait is waited for, and the user is told how long")
    func retryAfter() async throws {
        let isFirst = Flag(Mutex(true))
        let registry = try ScriptedRegistry { _ in
            isFirst.takeFirst()
                ? .reply(429, ["Retry-After": "1"])
                : .reply(200, ["Content-Type": MediaType.manifest], Array(manifestText.utf8))
        }
        let notices = Notices()
        let start = ContinuousClock.now
        let error = try await failure(try client(of: registry, notice: { notices.add($0) })) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error == nil)
        #expect(ContinuousClock.now - start >= .seconds(1))
        #expect(
            notices.texts.first?.contains("too many requests (status 429), it asks to wait; try 2 of 3 in 1.0 s")
                == true)
    }

    @Test("a wait that is too long is told instead")
    func longWait() async throws {
        let registry = try ScriptedRegistry { _ in .reply(429, ["Retry-After": "21600"]) }
        let error = try await failure(try client(of: registry)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error?.kind == .throttled)
        #expect(error?.message.contains("21600 s") == true)
        #expect(registry.requests.count == 1)
    }

    @Test("the last of several failures is told", arguments: [500, 502, 503, 504])
    func serverError(status: Int) async throws {
        let registry = try ScriptedRegistry { _ in .reply(status) }
        let error = try await failure(try client(of: registry)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error?.message.contains("status \(status), 3 times") == true)
        #expect(registry.requests.count == 3)
    }

    @Test("what does not pass is not tried again", arguments: [400, 403, 404])
    func finalError(status: Int) async throws {
        let registry = try ScriptedRegistry { _ in .reply(status) }
        let error = try await failure(try client(of: registry)) {
            _ = try await $0.manifest(repository: "a/b", reference: "latest")
        }
        #expect(error != nil)
        #expect(registry.requests.count == 1)
    }

    @Test("a mirror is asked first, and the registry where the mirror has nothing")
    func mirror() async throws {
        let mirror = try ScriptedRegistry { request in
            request.path == "/v2/hub/a/b/manifests/known"
                ? .reply(200, ["Content-Type": MediaType.manifest], Array(manifestText.utf8)) : .reply(404)
        }
        let registry = try ScriptedRegistry { _ in
            .reply(200, ["Content-Type": MediaType.manifest], Array(manifestText.utf8))
        }
        var entry = RegistrySettings.Entry()
        entry.mirrors = [try Endpoint(url: "http://\(mirror.host)/hub")]
        let settings = entry
        let made = try client(of: registry, change: { $0.settings.entries[registry.host] = settings })
        let error = try await failure(made) {
            _ = try await $0.manifest(repository: "a/b", reference: "known")
            _ = try await $0.manifest(repository: "a/b", reference: "unknown")
        }
        #expect(error == nil)
        #expect(mirror.requests.count == 2)
        #expect(registry.requests.map(\.path) == ["/v2/a/b/manifests/unknown"])
    }
}

/// True once.
private final class Flag: Sendable {
    private let value: Mutex<Bool>
    init(_ value: consuming Mutex<Bool>) { self.value = value }
    func takeFirst() -> Bool {
        value.withLock { value in
            defer { value = false }
            return value
        }
    }
}

private final class Notices: Sendable {
    private let all = Mutex<[String]>([])
    var texts: [String] { all.withLock { $0 } }
    func add(_ text: String) { all.withLock { $0.append(text) } }
}
