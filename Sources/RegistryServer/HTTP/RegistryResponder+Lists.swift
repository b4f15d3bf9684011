import FoundationEssentials
import HTTPTypes
import Hummingbird
import OCI

extension RegistryResponder {
    private static let pageLimit = 10_000

    func catalog(_ request: Request) async throws -> Response {
        struct Body: Encodable { var repositories: [String] }
        let names = try await offloaded { try contents.repositories() }
        let page = try Self.page(names, request)
        return Self.json(
            try Self.encoded(Body(repositories: page.names)), Self.link("/v2/_catalog", page, request))
    }

    func tags(_ repository: String, _ request: Request) async throws -> Response {
        struct Body: Encodable {
            var name: String
            var tags: [String]
        }
        guard let tags = try await offloaded({ try contents.tags(in: repository) }) else {
            throw Refusal(.notFound, .nameUnknown, "there is no repository \(repository)")
        }
        let page = try Self.page(tags, request)
        return Self.json(
            try Self.encoded(Body(name: repository, tags: page.names)),
            Self.link("/v2/\(repository)/tags/list", page, request))
    }

    func referrers(_ subject: Digest, _ repository: String, _ request: Request) async throws -> Response {
        struct Entry: Encodable {
            var mediaType: String
            var digest: Digest
            var size: Int
            var artifactType: String?
            var annotations: [String: String]?
        }
        struct Body: Encodable {
            var schemaVersion = 2
            var mediaType = MediaType.index
            var manifests: [Entry]
        }
        let wanted = Self.query("artifactType", request).map {
            $0.replacing("%2B", with: "+").replacing("%2F", with: "/")
        }
        let manifests = try await offloaded { try contents.referrers(subject, in: repository) }
        let entries = try manifests.map { manifest in
            let check = try ManifestCheck(manifest.bytes, mediaType: manifest.mediaType)
            return Entry(
                mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.count,
                artifactType: check.artifactType, annotations: check.annotations.isEmpty ? nil : check.annotations)
        }
        var headers: HTTPFields = [.contentType: MediaType.index]
        if wanted != nil { headers[.filtersApplied] = "artifactType" }
        let shown = entries.filter { wanted == nil || $0.artifactType == wanted }
        return Self.json(try Self.encoded(Body(manifests: shown)), headers)
    }

    private struct Page {
        var names: [String]
        var hasMore: Bool
        var count: Int?
    }

    /// The names after `last`, at most `n`.
    private static func page(_ sorted: [String], _ request: Request) throws(Refusal) -> Page {
        var count: Int?
        if let text = query("n", request) {
            guard let number = Int(text), number >= 0 else { throw Refusal(.badRequest, .unsupported, "n is a number") }
            count = number
        }
        let rest =
            query("last", request).map { last in
                let decoded = last.replacing("%2F", with: "/").replacing("%2f", with: "/")
                return Array(sorted.drop { $0 <= decoded })
            } ?? sorted
        let shown = Array(rest.prefix(min(count ?? pageLimit, pageLimit)))
        return Page(names: shown, hasMore: shown.count < rest.count && !shown.isEmpty, count: count)
    }

    private static func link(_ path: String, _ page: Page, _ request: Request) -> HTTPFields {
        guard page.hasMore, let last = page.names.last else { return [:] }
        return [.link: "<\(path)?last=\(last)&n=\(page.count ?? pageLimit)>; rel=\"next\""]
    }

    private static func encoded(_ body: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(body)
    }
}
