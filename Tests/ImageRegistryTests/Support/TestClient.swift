import ImageRegistry
import NIOCore
import OCI
import RegistryProtocol
import ScriptedRegistry
import Synchronization

/// A client of a scripted registry. It has all the patience that a busy machine may need; a test of a limit sets its own.
func client(
    of registry: ScriptedRegistry, credential: Credential? = nil, environment: [String: String] = [:],
    change: (inout RegistryClient.Configuration) -> Void = { _ in },
    notice: @escaping @Sendable (String) -> Void = { _ in }
) throws -> RegistryClient {
    var configuration = RegistryClient.Configuration(registry: registry.host)
    configuration.address = try Endpoint(url: "http://\(registry.host)")
    configuration.credential = credential
    configuration.certificateFolders = []
    configuration.retry.base = .milliseconds(5)
    configuration.retry.attempts = 3
    configuration.limits.connect = .seconds(60)
    configuration.limits.silence = .seconds(120)
    configuration.limits.document = .seconds(120)
    configuration.limits.progressWindow = .seconds(120)
    change(&configuration)
    return try RegistryClient(configuration, environment: { environment[$0] }, notice: notice)
}

/// Runs `body`, closes the client, and gives what was thrown.
func failure(
    _ client: RegistryClient, _ body: (RegistryClient) async throws -> Void
) async throws -> RegistryError? {
    var result: RegistryError?
    do {
        try await body(client)
    } catch let error as RegistryError {
        result = error
    }
    try await client.shutDown()
    return result
}

/// Bytes that a download has brought.
final class Sink: Sendable {
    private let contents = Mutex<[UInt8]>([])
    var bytes: [UInt8] { contents.withLock { $0 } }
    func take(_ part: ByteBuffer) { contents.withLock { $0.append(contentsOf: part.readableBytesView) } }
}

/// A minimal image manifest.
let manifestText = #"""
    {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[]}
    """#
