import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import ImageRegistry
import ImageStore
import LinuxKernel
import Logging
import NIOCore
import NIOSSL
import RegistryProtocol
import UnixSignals

/// A registry that is ready to listen: everything that needs privileges has been read.
public struct RegistryService: Sendable {
    private let configuration: ServeConfiguration
    private var tls: TLSConfiguration?
    private let passwords: PasswordFile?
    private let clients: [String: RegistryClient]
    private let log: @Sendable (String) -> Void

    /// Reads certificates, users and the credentials for upstreams.
    ///
    /// - Parameters:
    ///   - environment: Looks up a variable.
    ///   - log: Gets lines for the operator.
    /// - Throws: ``RegistryError`` of kind `configuration`.
    public init(
        _ configuration: ServeConfiguration, environment: @escaping (String) -> String?,
        log: @escaping @Sendable (String) -> Void
    ) throws(RegistryError) {
        self.configuration = configuration
        self.log = log
        if let certificate = configuration.certificate, let key = configuration.key {
            tls = try ServerCertificate.read(certificate: certificate, key: key)
        }
        passwords = try configuration.passwordFile.map { path throws(RegistryError) in try PasswordFile(path: path) }
        let settings = try RegistrySettings(environment: environment)
        var clients: [String: RegistryClient] = [:]
        for upstream in configuration.upstreams {
            var client = RegistryClient.Configuration(registry: upstream.name)
            client.settings = settings
            client.address = try Endpoint(url: upstream.url)
            clients[upstream.name] = try RegistryClient(client, environment: environment) {
                log("\(upstream.name): \($0)")
            }
        }
        self.clients = clients
    }

    /// Where the configuration asks for it: makes a certificate, or takes the one that an earlier start has made.
    ///
    /// To be called without privileges: the folder belongs to the user who serves, who may have put links into it.
    ///
    /// - Throws: ``RegistryError`` of kind `configuration`.
    public mutating func makeCertificate() throws(RegistryError) {
        guard let names = configuration.selfSignedNames else { return }
        tls = try ServerCertificate.selfSigned(for: names, in: configuration.root + "/tls")
    }

    /// Listens and answers until SIGTERM or SIGINT; requests that have begun are answered before it returns.
    ///
    /// - Parameter onListening: Gets the address, as `https://HOST:PORT`.
    /// - Throws: ``RegistryError`` where the folder or the address can't be used.
    public func run(onListening: @escaping @Sendable (String) -> Void) async throws {
        let responder = try responder()
        let uploads = responder.changes?.uploads
        let collector = Task { await uploads?.collect() }
        defer { collector.cancel() }
        var logger = Logger(label: "harness-registry", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let scheme = tls == nil ? "http" : "https"
        let host = configuration.host
        let application = Application(
            responder: responder, server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: configuration.port), serverName: "harness",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit, logger: logger)
            ),
            onServerRunning: { channel in
                let shown = host.contains(":") ? "[\(host)]" : host
                onListening("\(scheme)://\(shown):\(channel.localAddress?.port ?? 0)")
            },
            logger: logger)
        do {
            try await application.runService(gracefulShutdownSignals: [.sigterm, .sigint])
        } catch let error as IOError {
            throw RegistryError(
                .configuration,
                "can't listen at \(host):\(configuration.port): \(String(cString: strerror(error.errnoCode)).lowercased())",
                remedy: "choose another --address; port 0 takes one that is free")
        }
        for client in clients.values { try await client.shutDown() }
    }

    private func responder() throws(RegistryError) -> RegistryResponder {
        let logAccess = configuration.isQuiet ? nil : log
        if let store = configuration.store {
            guard access(store + "/images/index.json", R_OK) == 0 else {
                throw RegistryError(
                    .configuration, "the store in \(store) can't be read, or has no images",
                    remedy: "--user names who serves it; the default is nobody")
            }
            return RegistryResponder(
                contents: StoreContents(ImageStore(StoreLocation(root: store))), changes: nil, cache: nil,
                passwords: passwords, log: log, logAccess: logAccess)
        }
        let storage = try FolderStorage.open(root: configuration.root)
        let uploads = Uploads(
            storage: storage, limit: configuration.uploadLimit, blobLimit: configuration.blobLimit,
            lifetime: .seconds(configuration.uploadLifetime))
        let cache =
            clients.isEmpty
            ? nil
            : UpstreamCache(storage: storage, clients: clients, tagLifetime: configuration.tagLifetime, log: log)
        return RegistryResponder(
            contents: storage, changes: configuration.isReadOnly ? nil : (storage, uploads), cache: cache,
            passwords: passwords, log: log, logAccess: logAccess)
    }

    private func server() throws -> HTTPServerBuilder {
        let patience = TimeAmount.seconds(Int64(configuration.patience))
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [SlowClientHandler(patience: patience)], idleTimeout: patience,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
        guard let tls else { return http }
        return try .tls(http, tlsConfiguration: tls)
    }
}
