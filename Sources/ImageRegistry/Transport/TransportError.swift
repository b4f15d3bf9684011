import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import RegistryProtocol

/// A request that had no answer: what a person is told of it, and whether another try may have one.
struct TransportError: Error {
    enum Cause: Hashable {
        /// The connection could not be made, or broke.
        case connection
        /// Nobody is there: the name can't be resolved, or the connection was refused.
        case absent
        /// The other side does not speak TLS.
        case notTLS
        /// The certificate is not trusted.
        case certificate
        /// The answer breaks HTTP's rules.
        case malformed
        /// Nothing, or too little, came for too long.
        case silence
    }

    var cause: Cause
    var detail: String

    init(_ cause: Cause, _ detail: String) {
        self.cause = cause
        self.detail = detail
    }

    /// Tells the libraries' errors apart; `nil` of a cancelled task and of what is no error of a connection.
    init?(_ error: any Error) {
        switch error {
        case let error as TransportError: self = error
        case let error as NIOSSLError: self = Self.tls(error)
        case is NIOSSLExtraError:
            self.init(.certificate, "the certificate is for another host")
        case let error as BoringSSLError: self.init(.connection, "TLS failed: \(Self.reason(error))")
        case let error as NIOConnectionError: self = Self.connection(error)
        case let error as IOError: self = Self.system(error)
        case let error as HTTPClientError:
            switch error {
            case .readTimeout, .deadlineExceeded, .writeTimeout: self.init(.silence, "nothing came for too long")
            case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .getConnectionFromPoolTimeout:
                self.init(.connection, "no connection within the time for it")
            case .cancelled: return nil
            case .remoteConnectionClosed, .uncleanShutdown: self.init(.connection, "the connection was closed early")
            case .invalidProxyResponse, .proxyAuthenticationRequired:
                self.init(.connection, "the proxy refused: \(error.shortDescription)")
            default: self.init(.malformed, error.shortDescription)
            }
        case is SocketAddressError: self.init(.absent, "its name can't be resolved")
        case is ChannelError: self.init(.connection, "the connection was closed early")
        default:
            guard !(error is CancellationError), !(error is RegistryError) else { return nil }
            self.init(.malformed, "\(error)".printable())
        }
    }

    /// For a person; `host` is who was asked.
    func described(_ host: String) -> RegistryError {
        switch cause {
        case .connection, .absent, .silence:
            RegistryError(
                .unreachable, "no answer from \(host): \(detail)",
                remedy: "check the name, the network, and the variables HTTPS_PROXY and NO_PROXY")
        case .notTLS:
            RegistryError(
                .untrusted, "\(host) speaks plain HTTP, not TLS",
                remedy: "--insecure accepts that, or 'insecure: true' for it in registries.yaml")
        case .certificate:
            RegistryError(
                .untrusted, "the certificate of \(host) is not trusted: \(detail)",
                remedy: "put its authority into /etc/harness/certs.d/\(host)/ca.crt; --insecure trusts anyone")
        case .malformed: RegistryError(.answerInvalid, "\(host) does not answer as HTTP asks: \(detail)")
        }
    }

    private static func tls(_ error: NIOSSLError) -> Self {
        guard case .handshakeFailed(let inner) = error else {
            if case .uncleanShutdown = error { return Self(.connection, "the connection was closed early") }
            return Self(.certificate, "\(error)".printable())
        }
        let text = "\(inner)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return Self(.certificate, "no authority that this host knows has signed it, or it has expired")
        }
        let isForeign = ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_RECORD", "EOF"]
            .contains { text.uppercased().contains($0) }
        return isForeign ? Self(.notTLS, "no TLS") : Self(.connection, "TLS failed: \(reason(inner))")
    }

    private static func reason(_ error: BoringSSLError) -> String { "\(error)".printable(limit: 160) }

    private static func connection(_ error: NIOConnectionError) -> Self {
        guard let failure = error.connectionErrors.first else { return Self(.absent, "its name can't be resolved") }
        guard let error = failure.error as? IOError else {
            return Self(.connection, "\(failure.error)".printable())
        }
        return system(error)
    }

    /// With the kernel's words, without the name of the call.
    private static func system(_ error: IOError) -> Self {
        Self(
            error.errnoCode == ECONNREFUSED ? .absent : .connection,
            String(cString: strerror(error.errnoCode)).lowercased())
    }
}
