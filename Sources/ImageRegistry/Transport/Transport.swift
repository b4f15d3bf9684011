import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RegistryProtocol
import Synchronization

/// Bounds of time for what a registry sends.
public struct TransportLimits: Hashable, Sendable {
    /// For a connection, TLS included.
    public var connect: Duration = .seconds(20)
    /// How long nothing may come in the middle of an answer, or before it.
    public var silence: Duration = .seconds(30)
    /// For the head of an answer, and for a whole body that is no blob.
    public var document: Duration = .seconds(60)
    /// A blob, in either direction, must come on by ``leastProgress`` bytes in each such time.
    public var progressWindow: Duration = .seconds(60)
    /// 1 KiB/s over a minute.
    public var leastProgress = 60 << 10

    /// The default bounds.
    public init() {}
}

/// Sends requests: through proxies, with the certificates of each host, following redirects safely.
final class Transport: Sendable {
    /// One request.
    struct Request: Sendable {
        var method: HTTPMethod
        var url: String
        var headers = HTTPHeaders()
        /// Sent to the host that is asked, and to no other that it leads to.
        var authorization: String?
        var body: HTTPClientRequest.Body?
        /// Whether the caller bounds the time until the answer: sending the body may take long.
        var isUnbounded = false
    }

    /// An answer whose body has not been read.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: HTTPClientResponse.Body
        /// Who has answered in the end.
        var endpoint: Endpoint
        /// In which ``collect(upTo:)`` must be done.
        var limit: Duration
    }

    static let redirectLimit = 5

    let limits: TransportLimits
    private let proxies: Proxies
    private let certificateFolders: [String]
    private let extraAuthorities: String?
    private let insecureHosts: Set<String>
    private let clients = Mutex<[Proxies.Server?: HTTPClient]>([:])
    private let configurations = Mutex<[String: TLSConfiguration]>([:])

    /// - Parameter insecureHosts: Authorities whose certificates need not be trusted.
    init(
        proxies: Proxies, certificateFolders: [String], extraAuthorities: String?, insecureHosts: Set<String>,
        limits: TransportLimits
    ) {
        self.proxies = proxies
        self.certificateFolders = certificateFolders
        self.extraAuthorities = extraAuthorities
        self.insecureHosts = insecureHosts
        self.limits = limits
    }

    /// Closes every connection.
    func shutDown() async throws {
        for client in clients.withLock({ $0.values.map(\.self) }) { try await client.shutdown() }
    }

    /// Reads the certificates for a host while this process may still read them.
    func prepare(_ endpoint: Endpoint) throws(RegistryError) { _ = try tlsConfiguration(endpoint) }

    /// Makes a request and follows redirects of GET and HEAD.
    ///
    /// - Throws: ``TransportError``; ``RegistryError`` of a redirect that is not followed.
    func send(_ request: Request) async throws -> Answer {
        var request = request
        var endpoint = try Self.endpoint(of: request.url)
        for _ in 0...Self.redirectLimit {
            let response = try await execute(request, at: endpoint)
            let status = Int(response.status.code)
            let isRedirect = [301, 302, 303, 307, 308].contains(status) && [.GET, .HEAD].contains(request.method)
            guard isRedirect else {
                return Answer(
                    status: status, headers: response.headers, body: response.body, endpoint: endpoint,
                    limit: limits.document)
            }
            guard let location = response.headers.first(name: "location"),
                let next = URL(string: location, relativeTo: URL(string: request.url))?.absoluteString
            else { throw RegistryError(.answerInvalid, "\(endpoint.authority) redirects to nowhere") }
            let target = try Self.endpoint(of: next)
            if endpoint.scheme == .https, target.scheme == .http, !insecureHosts.contains(endpoint.authority) {
                throw RegistryError(
                    .untrusted, "\(endpoint.authority) redirects from TLS to plain HTTP at \(target.authority)")
            }
            // Who is asked next was named by an answer: what proves who the user is does not go along.
            if target.origin != endpoint.origin { request.authorization = nil }
            request.url = next
            endpoint = target
        }
        throw RegistryError(
            .answerInvalid, "\(try Self.endpoint(of: request.url).authority) redirects in a circle, or too often")
    }

    private func execute(_ request: Request, at endpoint: Endpoint) async throws -> HTTPClientResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = request.headers
        outgoing.headers.replaceOrAdd(name: "user-agent", value: "harness")
        if let authorization = request.authorization {
            outgoing.headers.replaceOrAdd(name: "authorization", value: authorization)
        }
        outgoing.body = request.body
        if endpoint.scheme == .https { outgoing.tlsConfiguration = try tlsConfiguration(endpoint) }
        let client = self.client(proxies.server(for: endpoint))
        do {
            // Up to the end of the answer's head.
            let deadline = request.isUnbounded ? .distantFuture : NIODeadline.now() + TimeAmount(limits.document)
            return try await client.execute(outgoing, deadline: deadline)
        } catch {
            try Task.checkCancellation()
            throw TransportError(error) ?? error
        }
    }

    private func tlsConfiguration(_ endpoint: Endpoint) throws(RegistryError) -> TLSConfiguration {
        if let known = configurations.withLock({ $0[endpoint.authority] }) { return known }
        let certificates = try Certificates(for: endpoint, folders: certificateFolders, extra: extraAuthorities)
        let made = certificates.configuration(isInsecure: insecureHosts.contains(endpoint.authority))
        configurations.withLock { $0[endpoint.authority] = made }
        return made
    }

    private func client(_ proxy: Proxies.Server?) -> HTTPClient {
        clients.withLock { clients in
            if let known = clients[proxy] { return known }
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = .disallow
            configuration.httpVersion = .http1Only
            configuration.timeout = HTTPClient.Configuration.Timeout(
                connect: TimeAmount(limits.connect), read: TimeAmount(limits.silence), write: TimeAmount(limits.silence)
            )
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
            configuration.proxy = proxy.map { server in
                .server(
                    host: server.host, port: server.port,
                    authorization: server.userInfo.map { .basic(credentials: Data($0.utf8).base64EncodedString()) })
            }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(.singletonMultiThreadedEventLoopGroup), configuration: configuration)
            clients[proxy] = client
            return client
        }
    }

    /// Who an absolute address leads to.
    static func endpoint(of url: String) throws(RegistryError) -> Endpoint {
        let parts = url.prefix { $0 != "?" && $0 != "#" }
        guard let (scheme, rest) = splitScheme(parts) else {
            throw RegistryError(.answerInvalid, "'\(url.printable())' is no address")
        }
        let authority = rest.prefix { $0 != "/" }
        guard ["http", "https"].contains(scheme) else {
            throw RegistryError(.answerInvalid, "'\(url.printable())' is not an address of HTTP")
        }
        do throws(RegistryError) {
            return try Endpoint(url: "\(scheme)://\(authority)")
        } catch {
            throw RegistryError(.answerInvalid, "'\(url.printable())' has no host that can be asked")
        }
    }
}

extension Transport.Answer {
    /// Reads a body of at most `limit` bytes, in the time for a document.
    func collect(upTo limit: Int) async throws -> [UInt8] {
        try await within(self.limit) { try await read(upTo: limit) }
    }

    private func read(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else {
                    throw RegistryError(
                        .limitExceeded, "the answer of \(endpoint.authority) is larger than \(limit >> 10) KiB")
                }
                part.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
            }
        } catch {
            try Task.checkCancellation()
            throw TransportError(error) ?? error
        }
        return bytes
    }
}

/// Runs work that must be done within a time.
func within<Success: Sendable>(
    _ duration: Duration, _ work: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    try await withThrowingTaskGroup(of: Success.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: duration)
            throw TransportError(.silence, "the answer was not complete within \(duration.components.seconds) seconds")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
