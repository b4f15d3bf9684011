import AsyncHTTPClient
import Foundation
import ImageRegistry
import NIOCore
import NIOHTTP1
import OCI
import RegistryProtocol
import Synchronization

@testable import RegistryServer

/// A registry in this process, on the loopback, with a folder of its own; gone when `body` returns.
func withRegistry(
    _ change: (inout ServeConfiguration) throws -> Void = { _ in },
    _ body: @Sendable (RunningRegistry) async throws -> Void
) async throws {
    let root = NSTemporaryDirectory() + "/registry-\(UUID().uuidString)"
    var configuration = ServeConfiguration(host: "127.0.0.1", port: 0, root: root)
    // A busy machine may need long for what a test does; tests of a bound set their own.
    configuration.patience = 120
    try change(&configuration)
    let log = Log()
    var made = try RegistryService(configuration, environment: { _ in nil }, log: { log.add($0) })
    try made.makeCertificate()
    let service = made
    let (addresses, continuation) = AsyncStream.makeStream(of: String.self)
    let running = Task {
        defer { continuation.finish() }
        try await service.run { continuation.yield($0) }
    }
    var iterator = addresses.makeAsyncIterator()
    guard let address = await iterator.next() else {
        // It has ended without listening: that is an error.
        return try await running.value
    }
    do {
        try await body(RunningRegistry(address: address, root: root, log: log))
    } catch {
        running.cancel()
        _ = await running.result
        throw error
    }
    running.cancel()
    _ = await running.result
    try FileManager.default.removeItem(atPath: root)
}

final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    func count(_ prefix: String) -> Int { lines.withLock { $0.filter { $0.hasPrefix(prefix) }.count } }
}

struct RunningRegistry: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// `http://127.0.0.1:PORT`
    var address: String
    var root: String
    var log: Log

    func send(
        _ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: path.hasPrefix("/") ? address + path : path)
        request.method = method
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
    }

    /// Puts a blob by a single request; returns its digest.
    @discardableResult
    func putBlob(_ bytes: [UInt8], in repository: String) async throws -> Digest {
        let digest = Digest(of: bytes)
        _ = try await send(.POST, "/v2/\(repository)/blobs/uploads/?digest=\(digest)", body: bytes)
        return digest
    }

    /// Puts an image of one layer; returns the manifest and its digest.
    @discardableResult
    func putImage(_ repository: String, _ tag: String, subject: Digest? = nil) async throws -> (
        bytes: [UInt8], digest: Digest
    ) {
        let config = Array("{\"for\":\"\(tag)\"}".utf8)
        let layer = Array("layer".utf8)
        try await putBlob(config, in: repository)
        try await putBlob(layer, in: repository)
        let reference = subject.map {
            ",\"subject\":{\"mediaType\":\"\(MediaType.manifest)\",\"digest\":\"\($0)\",\"size\":1}"
        }
        let text =
            "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.manifest)\",\"config\":{\"mediaType\":\"application/x\","
            + "\"digest\":\"\(Digest(of: config))\",\"size\":\(config.count)},\"layers\":[{\"mediaType\":\"\(MediaType.layer)\","
            + "\"digest\":\"\(Digest(of: layer))\",\"size\":\(layer.count)}]\(reference ?? "")}"
        let bytes = Array(text.utf8)
        let answer = try await send(
            .PUT, "/v2/\(repository)/manifests/\(tag)", [("content-type", MediaType.manifest)], body: bytes)
        guard answer.status == 201 else { throw RegistryError(.answerInvalid, answer.text) }
        return (bytes, Digest(of: bytes))
    }
}
