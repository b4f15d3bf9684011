import Glibc
import LinuxKernel
import NIOSSL
import RegistryProtocol

/// The certificates that folders `certs.d/HOST[:PORT]` have for a registry, as Docker and containers/image lay them out:
/// `*.crt` are authorities to trust, `NAME.cert` and `NAME.key` a client's certificate and its key.
struct Certificates {
    /// The folders that hold one folder for each registry; the first that has one counts.
    static let standardFolders = ["/etc/harness/certs.d", "/etc/docker/certs.d", "/etc/containers/certs.d"]

    private var authorities: [NIOSSLCertificate] = []
    private var chain: [NIOSSLCertificateSource] = []
    private var key: NIOSSLPrivateKeySource?

    /// Reads what there is for a host.
    ///
    /// - Parameters:
    ///   - endpoint: A folder may be named with or without the port.
    ///   - folders: ``standardFolders``, or others before them.
    ///   - extra: A file of further authorities, as `SSL_CERT_FILE` names it.
    init(for endpoint: Endpoint, folders: [String], extra: String?) throws(RegistryError) {
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        let names = ["\(host):\(endpoint.port)", host]
        search: for folder in folders {
            for name in names {
                guard let files = try Self.files(in: "\(folder)/\(name)") else { continue }
                try take(files, in: "\(folder)/\(name)")
                break search
            }
        }
        if let extra, !extra.isEmpty { try addAuthorities(extra) }
    }

    /// How TLS is spoken to the host.
    func configuration(isInsecure: Bool) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.additionalTrustRoots = authorities.isEmpty ? [] : [.certificates(authorities)]
        configuration.certificateChain = chain
        configuration.privateKey = key
        if isInsecure { configuration.certificateVerification = .none }
        return configuration
    }

    private mutating func take(_ files: [String], in folder: String) throws(RegistryError) {
        for file in files where file.hasSuffix(".crt") { try addAuthorities("\(folder)/\(file)") }
        for file in files where file.hasSuffix(".cert") {
            let keyFile = "\(file.dropLast(".cert".count)).key"
            guard files.contains(keyFile) else {
                throw RegistryError(
                    .configuration, "\(folder)/\(file) has no key beside it",
                    remedy: "put the key into \(folder)/\(keyFile)")
            }
            do {
                chain = try NIOSSLCertificate.fromPEMFile("\(folder)/\(file)").map { .certificate($0) }
                key = .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(keyFile)", format: .pem))
            } catch {
                throw RegistryError(.configuration, "\(folder)/\(file) or its key can't be read as PEM")
            }
            return
        }
        if let key = files.first(where: { $0.hasSuffix(".key") }) {
            throw RegistryError(
                .configuration, "\(folder)/\(key) has no certificate beside it",
                remedy: "a client's certificate has the extension .cert; .crt is an authority")
        }
    }

    private mutating func addAuthorities(_ path: String) throws(RegistryError) {
        do {
            authorities += try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw RegistryError(.configuration, "\(path) is not a readable file of PEM certificates")
        }
    }

    private static func files(in folder: String) throws(RegistryError) -> [String]? {
        do {
            return try directoryEntries(folder)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.errno) { return nil }
            throw RegistryError(.configuration, error.description)
        }
    }
}
