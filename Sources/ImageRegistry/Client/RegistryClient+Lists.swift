import FoundationEssentials
import NIOHTTP1
import OCI
import RegistryProtocol

extension RegistryClient {
    /// The most names that a list may have.
    private static let nameLimit = 200_000

    /// The repositories of the registry, page by page.
    ///
    /// - Throws: ``RegistryError``: `denied` or `notFound` of a registry that shows no list.
    public func catalog() async throws(RegistryError) -> [String] {
        try await names("_catalog", key: "repositories", scope: "registry:catalog:*", "list of repositories")
    }

    /// The tags of a repository.
    public func tags(repository: String) async throws(RegistryError) -> [String] {
        try await names(
            "\(repository)/tags/list", key: "tags", scope: Self.pullScope(repository, upstream),
            "list of tags of \(repository)")
    }

    private func names(
        _ path: String, key: String, scope: String, _ subject: String
    ) async throws(RegistryError) -> [String] {
        try await translating(upstream.given.authority) {
            let origin = self.upstream
            var names: [String] = []
            var next: String? = "\(path)?n=1000"
            while let page = next {
                let answer = try await origin.perform(Origin.Call(path: page, scopes: [scope]))
                guard answer.status == 200 else { throw try await answer.failure(subject) }
                let bytes = try await answer.collect(upTo: 4 << 20)
                let found: [String]
                do {
                    found = try JSONNode(bytes, document: subject).optional(key)?.strings() ?? []
                } catch {
                    throw RegistryError(.answerInvalid, "\(answer.endpoint.authority): \(error)")
                }
                names += found.map { $0.printable(limit: 255) }
                next = try await Self.next(answer, origin)
                guard names.count <= Self.nameLimit, !found.isEmpty || next == nil else {
                    throw RegistryError(.limitExceeded, "the \(subject) of \(answer.endpoint.authority) does not end")
                }
            }
            return names
        }
    }

    /// The next page's address (RFC 8288), where it is the registry's own.
    private static func next(_ answer: Transport.Answer, _ origin: Origin) async throws -> String? {
        guard let link = answer.headers.first(name: "link"), link.contains("rel=\"next\"") || link.contains("rel=next"),
            let start = link.firstIndex(of: "<"), let end = link[start...].firstIndex(of: ">")
        else { return nil }
        let endpoint = try await origin.endpoint()
        let text = String(link[link.index(after: start)..<end])
        guard let url = URL(string: text, relativeTo: URL(string: endpoint.url("")))?.absoluteString,
            try Transport.endpoint(of: url).origin == endpoint.origin
        else { throw RegistryError(.answerInvalid, "\(answer.endpoint.authority) continues a list on another host") }
        return url
    }
}
