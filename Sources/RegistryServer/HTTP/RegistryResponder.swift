import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import OCI
import RegistryProtocol

/// Answers requests as the OCI distribution specification 1.1 has it.
struct RegistryResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let contents: any RegistryContents
    /// `nil` where nothing can be put or deleted.
    let changes: (storage: FolderStorage, uploads: Uploads)?
    let cache: UpstreamCache?
    let passwords: PasswordFile?
    let log: @Sendable (String) -> Void
    let logAccess: (@Sendable (String) -> Void)?

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        var response: Response
        do {
            response = try await answer(request)
        } catch let refusal as Refusal {
            response = refusal.response
        } catch {
            try Task.checkCancellation()
            log("\(request.method.rawValue) \(request.uri.path.printable()): \(error)")
            response = Refusal.internalFailure(error).response
        }
        response.headers[.distributionVersion] = "registry/2.0"
        if request.method == .head {
            // The length is that of the body which a GET would have.
            let length = response.headers[.contentLength]
            response.body = ResponseBody()
            response.headers[.contentLength] = length
        }
        let size = response.headers[.contentLength] ?? "-"
        logAccess?(
            "\(request.method.rawValue) \(request.uri.path.printable(limit: 400)) \(response.status.code) \(size)")
        return response
    }

    private func answer(_ request: Request) async throws -> Response {
        if let passwords, try await !passwords.accepts(request.headers[.authorization]) {
            var refusal = Refusal(.unauthorized, .unauthorized, "this registry wants a user's name and password")
            refusal.headers[.wwwAuthenticate] = "Basic realm=\"harness registry\", charset=\"UTF-8\""
            throw refusal
        }
        let route = try Route(path: request.uri.path)
        if ![.get, .head].contains(request.method) { try checkWritable(route) }
        switch (request.method, route) {
        case (.get, .interface), (.head, .interface): return Self.json(Data("{}".utf8))
        case (.get, .catalog): return try await catalog(request)
        case (.get, .tags(let name)): return try await tags(name, request)
        case (.get, .referrers(let name, let digest)): return try await referrers(digest, name, request)
        case (.get, .manifest(let name, let reference)), (.head, .manifest(let name, let reference)):
            return try await manifest(reference, name)
        case (.put, .manifest(let name, let reference)): return try await putManifest(reference, name, request)
        case (.delete, .manifest(let name, let reference)): return try await deleteManifest(reference, name)
        case (.get, .blob(let name, let digest)), (.head, .blob(let name, let digest)):
            return try await blob(digest, name, request)
        case (.delete, .blob(let name, let digest)):
            let storage = try writable().storage
            guard try await offloaded({ try storage.removeBlob(digest, in: name) }) else {
                throw Self.blobUnknown(digest, name)
            }
            return Response(status: .accepted)
        case (.post, .uploads(let name)): return try await beginUpload(name, request)
        default: return try await answerUpload(route, request)
        }
    }

    /// What comes in, piece by piece.
    private func answerUpload(_ route: Route, _ request: Request) async throws -> Response {
        guard case .upload(let name, let identifier) = route else {
            throw Refusal(
                .methodNotAllowed, .unsupported, "\(request.method.rawValue) is not for this part of the interface")
        }
        let uploads = try writable().uploads
        switch request.method {
        case .get:
            return Self.upload(.noContent, name, identifier, try await uploads.offset(identifier, in: name))
        case .patch:
            let offset = try await uploads.append(
                request.body, from: try Self.start(request), length: Self.length(request), to: identifier, in: name)
            return Self.upload(.accepted, name, identifier, offset)
        case .put:
            let digest = try Self.digest(request)
            _ = try await uploads.append(
                request.body, from: try Self.start(request), length: Self.length(request), to: identifier, in: name)
            try await uploads.finish(identifier, digest: digest, in: name)
            return Self.created("/v2/\(name)/blobs/\(digest)", digest)
        case .delete:
            try await uploads.cancel(identifier, in: name)
            return Response(status: .noContent)
        default:
            throw Refusal(
                .methodNotAllowed, .unsupported, "\(request.method.rawValue) is not for this part of the interface")
        }
    }

    func writable() throws(Refusal) -> (storage: FolderStorage, uploads: Uploads) {
        guard let changes else { throw Refusal(.methodNotAllowed, .denied, "this registry can only be read") }
        return changes
    }

    private func checkWritable(_ route: Route) throws(Refusal) {
        _ = try writable()
        if let repository = route.repository, cache?.upstream(of: repository) != nil {
            throw Refusal(
                .methodNotAllowed, .denied, "\(repository) is a copy of another registry's, and can only be read")
        }
    }

    func offloaded<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    static func json(_ data: Data, _ headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = headers[.contentType] ?? "application/json"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: Array(data))))
    }

    static func created(_ location: String, _ digest: Digest) -> Response {
        Response(status: .created, headers: [.location: location, .contentDigest: digest.description])
    }

    static func blobUnknown(_ digest: Digest, _ repository: String) -> Refusal {
        Refusal(.notFound, .blobUnknown, "\(repository) has no blob \(digest)")
    }

    static func query(_ name: String, _ request: Request) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init)
    }

    static func digest(_ request: Request) throws(Refusal) -> Digest {
        guard let text = query("digest", request) else {
            throw Refusal(.badRequest, .digestInvalid, "the digest of the content is missing")
        }
        return try Route.digest(text)
    }

    /// How many bytes the client says its body has; `nil` where it comes in chunks.
    static func length(_ request: Request) -> Int64? { request.headers[.contentLength].flatMap { Int64($0) } }

    /// Where a chunk begins: `START-END`, or with `bytes ` in front.
    private static func start(_ request: Request) throws(Refusal) -> Int64? {
        guard let text = request.headers[.contentRange] else { return nil }
        let range = text.hasPrefix("bytes ") ? text.dropFirst("bytes ".count) : text[...]
        guard let start = Int64(range.prefix { $0 != "-" }), start >= 0 else {
            throw Refusal(.rangeNotSatisfiable, .blobUploadInvalid, "Content-Range is START-END")
        }
        return start
    }

    static func upload(
        _ status: HTTPResponse.Status, _ repository: String, _ identifier: String, _ offset: Int64
    ) -> Response {
        Response(
            status: status,
            headers: [
                .location: "/v2/\(repository)/blobs/uploads/\(identifier)", .uploadIdentifier: identifier,
                .range: "0-\(max(0, offset - 1))",
            ])
    }
}
