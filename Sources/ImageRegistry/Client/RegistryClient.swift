import NIOHTTP1
import OCI
import RegistryProtocol

/// Images of one registry over a network, by the OCI distribution specification 1.1.
///
/// Reads credentials, certificates and settings when it is made; afterwards nothing but the network is needed, so that
/// the process may give up its privileges in between. Every method may be called by several tasks at once.
public final class RegistryClient: Sendable {
    /// How a registry is reached.
    public struct Configuration: Sendable {
        /// Host and optional port, as in a reference.
        public var registry: String
        /// Where it is, if its name does not say it.
        public var address: Endpoint?
        /// Whether certificates need not be trusted, and plain HTTP is taken where there is no TLS.
        public var isInsecure = false
        /// Whether mirrors are asked first.
        public var usesMirrors = true
        /// Instead of those that are kept for the registry.
        public var credential: Credential?
        /// Where there is nothing to be read: no settings, no credentials.
        public var settings = RegistrySettings()
        /// Folders with one folder of certificates for each host.
        public var certificateFolders = Certificates.standardFolders
        /// Bounds of time.
        public var limits = TransportLimits()
        /// How failures that pass are dealt with.
        public var retry = RetryPolicy()

        /// That registry, reached in the ordinary way.
        public init(registry: String) { self.registry = registry }
    }

    let origins: [Origin]
    let transport: Transport
    let notice: @Sendable (String) -> Void
    private let registry: String

    /// Prepares for a registry.
    ///
    /// - Parameters:
    ///   - environment: Looks up a variable: those of proxies, of Docker's configuration, and `SSL_CERT_FILE`.
    ///   - notice: Gets sentences about what is waited for.
    /// - Throws: ``RegistryError`` of kind `configuration`.
    public init(
        _ configuration: Configuration, environment: @escaping (String) -> String?,
        notice: @escaping @Sendable (String) -> Void
    ) throws(RegistryError) {
        registry = configuration.registry
        self.notice = notice
        let entry = configuration.settings.entries[configuration.registry] ?? RegistrySettings.Entry()
        let isInsecure = configuration.isInsecure || entry.isInsecure
        let byName = try Endpoint(registry: configuration.registry)
        let upstream = configuration.address ?? byName
        let mirrors = configuration.usesMirrors ? entry.mirrors : []
        var insecureHosts: Set<String> = isInsecure ? [upstream.authority, upstream.with(.http).authority] : []
        func isTrustedAnyway(_ mirror: Endpoint) -> Bool {
            configuration.settings.entries[mirror.authority]?.isInsecure ?? false
        }
        for mirror in mirrors where isTrustedAnyway(mirror) { insecureHosts.insert(mirror.authority) }
        let transport = Transport(
            proxies: try Proxies(environment: environment), certificateFolders: configuration.certificateFolders,
            extraAuthorities: environment("SSL_CERT_FILE"), insecureHosts: insecureHosts, limits: configuration.limits)
        let files =
            environment("HOME") == nil && environment("REGISTRY_AUTH_FILE") == nil
                && environment("DOCKER_CONFIG") == nil ? nil : try DockerConfiguration(environment: environment)
        var origins: [Origin] = []
        for (index, endpoint) in (mirrors + [upstream]).enumerated() {
            let isMirror = index < mirrors.count
            if endpoint.scheme == .https { try transport.prepare(endpoint) }
            let name = isMirror ? endpoint.authority : configuration.registry
            let given = isMirror ? nil : configuration.credential
            var credential = given
            if credential == nil, let files { credential = try files.credential(for: name) }
            var retry = configuration.retry
            // There is somebody else to ask.
            if isMirror { retry.attempts = min(retry.attempts, 2) }
            let servers = isMirror ? configuration.settings.entries[name]?.tokenServers ?? [] : entry.tokenServers
            origins.append(
                Origin(
                    endpoint: endpoint, isMirror: isMirror,
                    authorizer: Authorizer(
                        registry: name, endpoint: endpoint, credential: credential, tokenServers: servers,
                        transport: transport),
                    transport: transport, isInsecure: isMirror ? isTrustedAnyway(endpoint) : isInsecure, retry: retry,
                    notice: notice))
        }
        self.origins = origins
        self.transport = transport
    }

    /// Closes every connection; nothing may be asked for afterwards.
    public func shutDown() async throws { try await transport.shutDown() }

    /// The registry itself, which is asked where content is put.
    var upstream: Origin { origins[origins.count - 1] }

    /// Asks the mirrors in their order, then the registry.
    ///
    /// - Throws: What the registry itself has given as a reason.
    func firstOf<Success>(_ ask: (Origin) async throws -> Success) async throws -> Success {
        for origin in origins.dropLast() {
            do {
                return try await ask(origin)
            } catch let error as RegistryError where error.kind != .cancelled {
                if error.kind != .notFound { notice("mirror \(origin.given): \(error.message)") }
            } catch let error as TransportError {
                notice("mirror \(origin.given): \(error.detail)")
            }
        }
        return try await ask(upstream)
    }

    /// Asks the registry whether it takes the credentials.
    ///
    /// - Returns: Who has answered, as `https://HOST`.
    public func verify() async throws(RegistryError) -> String {
        try await translating(registry) {
            let answer = try await self.upstream.perform(Origin.Call(path: ""))
            guard answer.status == 200 else { throw try await answer.failure("the interface of \(self.registry)") }
            _ = try await answer.collect(upTo: 1 << 20)
            return answer.endpoint.origin
        }
    }

    static func pullScope(_ repository: String, _ origin: Origin) -> String {
        "repository:\(origin.given.scopeName(repository)):pull"
    }

    static func pushScope(_ repository: String) -> String { "repository:\(repository):pull,push" }
}

/// Runs `body` and gives each of its errors the module's type.
func translating<Success>(
    _ host: String, _ body: () async throws -> Success
) async throws(RegistryError) -> Success {
    do {
        return try await body()
    } catch let error as RegistryError {
        throw error
    } catch let error as TransportError {
        throw error.described(host)
    } catch is CancellationError {
        throw RegistryError(.cancelled, "cancelled")
    } catch {
        throw RegistryError(.answerInvalid, "\(host): \("\(error)".printable())")
    }
}

extension Transport.Answer {
    /// What a status means that is not the one that was expected.
    ///
    /// - Parameter subject: What was asked for: `manifest 'latest' of HOST/REPOSITORY`.
    func failure(_ subject: String) async throws -> RegistryError {
        let reason = try await reason()
        let words = reason.map { ": \($0)" } ?? ""
        return switch status {
        case 404:
            RegistryError(.notFound, "\(endpoint.authority) has no \(subject)", remedy: "check the name and the tag")
        case 401:
            RegistryError(
                .unauthorized, "\(endpoint.authority) wants other credentials for \(subject)\(words)",
                remedy: "log in with 'harness login'")
        case 403, 405: RegistryError(.denied, "\(endpoint.authority) refuses \(subject)\(words)")
        default:
            RegistryError(.answerInvalid, "\(endpoint.authority) answers with status \(status) for \(subject)\(words)")
        }
    }

    /// The first error of the body (distribution-spec, error codes), or what else it is.
    private func reason() async throws -> String? {
        let bytes: [UInt8]
        do {
            bytes = try await collect(upTo: 64 << 10)
        } catch is RegistryError {
            return nil
        }
        do {
            let root = try JSONNode(bytes, document: "error")
            guard let first = try root.optional("errors")?.elements().first else { return nil }
            let message = try first.optional("message")?.string()
            let code = try first.optional("code")?.string()
            return (message ?? code)?.printable()
        } catch {
            // Not in the specification's form: the status has to do.
            return nil
        }
    }
}
