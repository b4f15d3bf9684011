import Glibc
import ImageRegistry
import LinuxKernel
import OCI
import RegistryProtocol
import ScriptedRegistry
import Testing

/// Registries that keep a connection open without giving anything, or hardly anything: each ends within a bound of time.
///
/// A byte is sent more often than a client may wait for one, so that only a bound of the whole ends it.
@Suite("A slow registry", .timeLimit(.minutes(5)))
struct SlowRegistryTests {
    private let content = [UInt8](repeating: 7, count: 1 << 20)

    /// Where a registry stops to answer.
    enum Place: CaseIterable, Sendable {
        case beforeHead, inHead, afterHead, inBody

        var sent: [UInt8] {
            let head = ScriptedRegistry.head(200, ["Content-Type": MediaType.manifest], length: 1 << 20)
            return switch self {
            case .beforeHead: []
            case .inHead: Array("HTTP/1.1 200 OK\r\nX-Field: ".utf8)
            case .afterHead: head
            case .inBody: head + [0x20]
            }
        }
    }

    /// - Parameter limit: Of the one bound under test; all others are an hour.
    private func slow(
        _ registry: ScriptedRegistry, _ limit: WritableKeyPath<TransportLimits, Duration>
    ) throws -> RegistryClient {
        try client(of: registry) {
            for other in [\TransportLimits.silence, \.document, \.progressWindow] {
                $0.limits[keyPath: other] = .seconds(3600)
            }
            $0.limits[keyPath: limit] = .milliseconds(400)
            $0.retry.attempts = 2
        }
    }

    private func manifestError(_ client: RegistryClient) async throws -> RegistryError? {
        try await failure(client) { _ = try await $0.manifest(repository: "a/b", reference: "latest") }
    }

    private func blobError(_ client: RegistryClient) async throws -> RegistryError? {
        try await failure(client) { client in
            try await client.blob(repository: "a/b", digest: Digest(of: content), size: 1 << 20) { _ in }
        }
    }

    @Test("that falls silent is given up", arguments: Place.allCases, [true, false])
    func silent(place: Place, isBlob: Bool) async throws {
        let registry = try ScriptedRegistry { _ in .silence(after: place.sent) }
        let client = try slow(registry, \.silence)
        let error = try await isBlob ? blobError(client) : manifestError(client)
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
        #expect(registry.requests.count >= 1)
    }

    @Test("that gives a byte at a time of a head or a document is given up", arguments: [Place.inHead, .inBody])
    func drippingDocument(place: Place) async throws {
        let registry = try ScriptedRegistry { _ in .dripping(head: place.sent, 0x20, milliseconds: 20) }
        let error = try await manifestError(try slow(registry, \.document))
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
    }

    @Test("that gives a byte at a time of a blob is given up, and told how slow it was")
    func drippingBlob() async throws {
        let registry = try ScriptedRegistry { _ in .dripping(head: Place.afterHead.sent, 7, milliseconds: 20) }
        let error = try await blobError(try slow(registry, \.progressWindow))
        #expect(error?.kind == .limitExceeded, "\(String(describing: error))")
        #expect(error?.message.contains("sends too slowly") == true)
        let head = try ScriptedRegistry { _ in .dripping(head: Place.inHead.sent, 0x20, milliseconds: 20) }
        #expect(try await blobError(try slow(head, \.document))?.kind == .unreachable)
    }

    @Test("that gives a byte at a time of what it wants is given up")
    func drippingChallenge() async throws {
        let head = ScriptedRegistry.head(401, ["WWW-Authenticate": "Basic realm=\"x\""], length: 1 << 20)
        let registry = try ScriptedRegistry { _ in .dripping(head: head, 0x20, milliseconds: 20) }
        let error = try await manifestError(try slow(registry, \.document))
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
    }

    /// More than sockets keep in between.
    private static let uploadSize = 32 << 20

    private func uploadError(
        _ limit: WritableKeyPath<TransportLimits, Duration>,
        _ answer: @escaping @Sendable () -> ScriptedRegistry.Answer
    ) async throws -> RegistryError? {
        let registry = try ScriptedRegistry { request in
            switch request.method {
            case "HEAD": .reply(404)
            case "POST": .reply(202, ["Location": "/v2/a/b/blobs/uploads/x"])
            default: answer()
            }
        }
        let path = "/tmp/harness-upload-\(UInt64.random(in: 0 ... .max))"
        let file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        unlink(path)
        try checked("ftruncate", path) { ftruncate(file.rawValue, off_t(Self.uploadSize)) }
        let number = file.rawValue
        return try await failure(try slow(registry, limit)) { client in
            _ = try await client.upload(
                repository: "a/b", digest: Digest(of: [1]), size: Int64(Self.uploadSize), file: number, from: [],
                progress: { _ in })
        }
    }

    @Test("that takes nothing of an upload is given up")
    func deaf() async throws {
        let error = try await uploadError(\.progressWindow) { .deaf(after: 100) }
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
        #expect(error?.message.contains("it has taken") == true)
    }

    @Test("that does not answer a complete upload is given up")
    func mute() async throws {
        let error = try await uploadError(\.silence) { .silence(after: []) }
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
    }
}
