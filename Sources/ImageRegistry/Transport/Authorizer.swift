import FoundationEssentials
import NIOHTTP1
import OCI
import RegistryProtocol
import AsyncHTTPClient
import NIOCore

/// Proves to one registry who the user is, in the way that the registry asks for.
///
/// Credentials go to the registry itself, and to a token server that belongs to it: the same host, a host of the same
/// domain, or one that the settings name. An address that the registry gives is not enough for any other.
actor Authorizer {
    private struct Token {
        var text: String
        var expires: ContinuousClock.Instant
    }

    private let registry: String
    private let endpoint: Endpoint
    private let credential: Credential?
    private let tokenServers: Set<String>
    private let transport: Transport
    private var challenge: Challenge?
    private var tokens: [String: Token] = [:]
    private var pending: [String: Task<String, any Error>] = [:]

    init(registry: String, endpoint: Endpoint, credential: Credential?, tokenServers: Set<String>, transport: Transport)
    {
        self.registry = registry
        self.endpoint = endpoint
        self.credential = credential
        self.tokenServers = tokenServers
        self.transport = transport
    }

    /// Whether there is something to prove with.
    nonisolated var hasCredential: Bool { credential != nil }

    /// The `Authorization` field for a request; `nil` as long as the registry has not asked for one.
    func authorization(scopes: [String]) async throws -> String? {
        guard let challenge else { return nil }
        return try await answer(challenge, scopes)
    }

    /// Takes what a registry asks for with status 401.
    ///
    /// - Parameter rejected: The field that was not enough.
    /// - Returns: What to send now; `nil` where there is nothing better than what has been sent.
    func authorization(after fields: [String], scopes: [String], rejected: String?) async throws -> String? {
        let challenges = fields.flatMap(Challenge.parse)
        // A token is asked for a purpose: better than handing the password over.
        guard
            let chosen = challenges.first(where: { $0.scheme == "bearer" })
                ?? challenges.first(where: { $0.scheme == "basic" })
        else { return nil }
        challenge = chosen
        if chosen.scheme == "bearer" { tokens[scopes.joined(separator: " ")] = nil }
        let next = try await answer(chosen, scopes)
        return next == rejected ? nil : next
    }

    private func answer(_ challenge: Challenge, _ scopes: [String]) async throws -> String? {
        switch (challenge.scheme, credential) {
        case ("basic", .password(let username, let password)):
            return "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
        case ("basic", _): return nil
        case (_, .registryToken(let token)): return "Bearer \(token)"
        default: return "Bearer " + (try await token(challenge, scopes))
        }
    }

    /// One token for each set of scopes; several that ask at once share the request.
    private func token(_ challenge: Challenge, _ scopes: [String]) async throws -> String {
        let key = scopes.joined(separator: " ")
        if let known = tokens[key], known.expires > .now { return known.text }
        if let running = pending[key] { return try await running.value }
        let task = Task { try await self.fetch(challenge, scopes) }
        pending[key] = task
        defer { pending[key] = nil }
        return try await task.value
    }

    private func fetch(_ challenge: Challenge, _ scopes: [String]) async throws -> String {
        let realm = challenge.parameters["realm"] ?? ""
        let server = try Transport.endpoint(of: realm)
        if endpoint.scheme == .https, server.scheme == .http {
            throw RegistryError(.untrusted, "\(registry) sends for a token over plain HTTP, to \(server.authority)")
        }
        if credential != nil, !isOwn(server.host) {
            throw RegistryError(
                .unauthorized,
                "\(registry) asks for its credentials to be sent to \(server.authority), which does not belong to it",
                remedy: "if it does, name it under 'token-servers' of \(registry) in registries.yaml")
        }
        let request = try tokenRequest(realm, challenge.parameters["service"], scopes)
        let answer = try await transport.send(request)
        let (status, bytes) = (answer.status, try await answer.collect(upTo: 1 << 20))
        guard status == 200 else {
            if [400, 401, 403].contains(status) {
                throw RegistryError(
                    .unauthorized, "\(server.authority) gives no token for \(registry) (status \(status))",
                    remedy: credential == nil
                        ? "log in with 'harness login \(registry)'"
                        : "check the credentials: 'harness login \(registry)'")
            }
            throw TransportError(.connection, "the token server \(server.authority) answers with status \(status)")
        }
        return try take(bytes, scopes, server.authority)
    }

    private func take(_ bytes: [UInt8], _ scopes: [String], _ server: String) throws -> String {
        do {
            let node = try JSONNode(bytes, document: "token of \(server)")
            guard let text = try node.optional("token")?.string() ?? node.optional("access_token")?.string(),
                !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
            else { throw RegistryError(.answerInvalid, "\(server) gives no token that can be sent") }
            let seconds = try node.optional("expires_in")?.integer() ?? 60
            // A little early: it must hold until the request has arrived.
            let life = Duration.seconds(max(1, min(seconds, 86_400)) * 9 / 10)
            tokens[scopes.joined(separator: " ")] = Token(text: text, expires: .now + life)
            return text
        } catch let error as DocumentError {
            throw RegistryError(.answerInvalid, "\(server): \(error)")
        }
    }

    private func tokenRequest(_ realm: String, _ service: String?, _ scopes: [String]) throws -> Transport.Request {
        guard var url = URLComponents(string: realm) else {
            throw RegistryError(.answerInvalid, "\(registry) names no token server: '\(realm.printable())'")
        }
        if case .identityToken(let token) = credential {
            var form = URLComponents()
            form.queryItems = [
                URLQueryItem(name: "grant_type", value: "refresh_token"),
                URLQueryItem(name: "refresh_token", value: token), URLQueryItem(name: "client_id", value: "harness"),
                URLQueryItem(name: "service", value: service),
                URLQueryItem(name: "scope", value: scopes.joined(separator: " ")),
            ]
            let body = (form.percentEncodedQuery ?? "").replacing("+", with: "%2B")
            var request = Transport.Request(method: .POST, url: realm)
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(ByteBuffer(string: body))
            return request
        }
        var items = url.queryItems ?? []
        if let service { items.append(URLQueryItem(name: "service", value: service)) }
        items += scopes.map { URLQueryItem(name: "scope", value: $0) }
        if case .password(let username, _) = credential { items.append(URLQueryItem(name: "account", value: username)) }
        url.queryItems = items
        var request = Transport.Request(method: .GET, url: (url.string ?? realm).replacing("+", with: "%2B"))
        if case .password(let username, let password) = credential {
            request.authorization = "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
        }
        return request
    }

    /// Whether a token server belongs to the registry.
    private func isOwn(_ host: String) -> Bool {
        if host == endpoint.host || tokenServers.contains(host) { return true }
        return Self.domain(of: endpoint.host).map { host == $0 || host.hasSuffix(".\($0)") } ?? false
    }

    /// The domain that a host is in: its name without the first label, where that is not one in which anybody can have
    /// a name (`co.uk`).
    static func domain(of host: String) -> String? {
        let labels = host.split(separator: ".")
        // Addresses have no domain.
        guard labels.count >= 3, labels.contains(where: { !$0.allSatisfy(\.isNumber) }), !host.contains(":") else {
            return nil
        }
        let rest = labels.dropFirst()
        let isPublic = rest.count == 2 && (rest.last?.count ?? 0) == 2 && (rest.first?.count ?? 0) <= 3
        return isPublic ? nil : rest.joined(separator: ".")
    }
}

extension Authorizer {
    /// Takes note of what a registry asks for, without doing anything yet.
    func learn(_ fields: [String]) {
        let challenges = fields.flatMap(Challenge.parse)
        challenge =
            challenges.first { $0.scheme == "bearer" } ?? challenges.first { $0.scheme == "basic" } ?? challenge
    }
}
