import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OCI
import RegistryProtocol

/// A manifest or an index as a registry has it.
public struct FetchedManifest: Hashable, Sendable {
    /// As they were sent: their digest is the image's identity.
    public var bytes: [UInt8]
    /// One of ``MediaType``.
    public var mediaType: String
    /// Of the bytes.
    public var digest: Digest
}

extension RegistryClient {
    /// The most bytes that a manifest may have.
    public static let manifestLimit = 4 << 20

    /// The second version's predecessor: without digests of what the layers unpack to.
    private static let schema1 = [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
    ]

    /// Fetches a manifest or index.
    ///
    /// - Parameters:
    ///   - repository: Its name, without the registry.
    ///   - reference: A tag or a digest; what comes for a digest is checked against it.
    /// - Throws: ``RegistryError``.
    public func manifest(repository: String, reference: String) async throws(RegistryError) -> FetchedManifest {
        try await translating(upstream.given.authority) {
            try await self.firstOf { try await Self.manifest(repository, reference, $0) }
        }
    }

    private static func manifest(
        _ repository: String, _ reference: String, _ origin: Origin
    ) async throws -> FetchedManifest {
        var call = Origin.Call(path: "\(repository)/manifests/\(reference)")
        let accepted = [MediaType.index, MediaType.manifest, MediaType.dockerIndex, MediaType.dockerManifest] + schema1
        for type in accepted { call.headers.add(name: "accept", value: type) }
        call.scopes = [pullScope(repository, origin)]
        let subject = "manifest '\(reference)' of \(repository)"
        let answer = try await origin.perform(call)
        guard answer.status == 200 else { throw try await answer.failure(subject) }
        return try check(try await answer.collect(upTo: manifestLimit), answer, subject, reference)
    }

    private static func check(
        _ bytes: [UInt8], _ answer: Transport.Answer, _ subject: String, _ reference: String
    ) throws -> FetchedManifest {
        let host = answer.endpoint.authority
        let digest = Digest(of: bytes)
        for expected in [reference, answer.headers.first(name: "docker-content-digest")] {
            guard let expected, expected.hasPrefix("sha256:") else { continue }
            guard expected == digest.description else {
                throw RegistryError(
                    .digestMismatch,
                    "\(host) sends a \(subject) whose digest is \(digest), not \(expected.printable(limit: 80))")
            }
        }
        let type = (answer.headers.first(name: "content-type") ?? "").prefix { $0 != ";" }.filter { $0 != " " }
        guard !schema1.contains(type) else { throw schema1Error(host, subject) }
        let isDocument = MediaType.isIndex(type) || MediaType.isManifest(type)
        let mediaType = isDocument ? type : try mediaType(in: bytes, of: type, host, subject)
        return FetchedManifest(bytes: bytes, mediaType: mediaType, digest: digest)
    }

    /// Looks into a document whose answer does not say what it is.
    private static func mediaType(
        in bytes: [UInt8], of type: String, _ host: String, _ subject: String
    ) throws -> String {
        do {
            let root = try JSONNode(bytes, document: "manifest")
            if try root.optional("schemaVersion")?.integer() == 1 { throw schema1Error(host, subject) }
            if let named = try root.optional("mediaType")?.string() {
                guard MediaType.isIndex(named) || MediaType.isManifest(named) else {
                    throw RegistryError(
                        .unsupported, "\(host): \(subject) is of the type '\(named.printable(limit: 80))', not an image"
                    )
                }
                return named
            }
            return try root.optional("manifests") != nil ? MediaType.index : MediaType.manifest
        } catch is DocumentError {
            let what = type.isEmpty ? "something without a type" : "'\(type.printable(limit: 60))'"
            throw RegistryError(
                .answerInvalid, "\(host) answers with \(what) for \(subject), which is no manifest",
                remedy: "check that \(host) is a registry, and that no login page stands in front of it")
        }
    }

    private static func schema1Error(_ host: String, _ subject: String) -> RegistryError {
        RegistryError(
            .unsupported, "\(host): \(subject) is in Docker's schema 1, which is not supported",
            remedy: "push the image again with a current tool, which writes schema 2")
    }

    /// Puts a manifest or index into a repository.
    ///
    /// - Parameter reference: A tag or the document's digest.
    /// - Throws: ``RegistryError``; `denied` of a registry that can only be read.
    public func putManifest(
        _ bytes: [UInt8], mediaType: String, repository: String, reference: String
    ) async throws(RegistryError) {
        try await translating(upstream.given.authority) {
            var call = Origin.Call(method: .PUT, path: "\(repository)/manifests/\(reference)")
            call.headers.add(name: "content-type", value: mediaType)
            call.scopes = [Self.pushScope(repository)]
            call.body = { .bytes(ByteBuffer(bytes: bytes)) }
            let answer = try await self.upstream.perform(call)
            guard [200, 201, 202].contains(answer.status) else {
                throw try await answer.failure("a manifest of \(repository)")
            }
            let digest = Digest(of: bytes)
            if let told = answer.headers.first(name: "docker-content-digest"), told != digest.description {
                throw RegistryError(
                    .digestMismatch,
                    "\(answer.endpoint.authority) has stored \(told.printable(limit: 80)) instead of \(digest)")
            }
            _ = try await answer.collect(upTo: 1 << 20)
        }
    }
}
