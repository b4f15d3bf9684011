import Crypto
import Foundation
import Glibc
import LinuxKernel
import NIOSSL
import RegistryProtocol
import SwiftASN1
import X509

/// The certificate that a server shows.
enum ServerCertificate {
    /// Reads a certificate and its key.
    static func read(certificate: String, key: String) throws(RegistryError) -> TLSConfiguration {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            return configuration(chain, try NIOSSLPrivateKey(file: key, format: .pem))
        } catch {
            throw RegistryError(
                .configuration,
                "\(certificate) and \(key) are not a certificate and its key in PEM: \("\(error)".printable())")
        }
    }

    /// Takes the certificate that an earlier start has made and that has all the names, or makes one for five years.
    ///
    /// - Parameter folder: Where `cert.pem` and `key.pem` are kept; the key is its owner's alone.
    static func selfSigned(for names: [String], in folder: String) throws(RegistryError) -> TLSConfiguration {
        let (certificatePath, keyPath, namesPath) = (folder + "/cert.pem", folder + "/key.pem", folder + "/names")
        do {
            let wanted = names.joined(separator: "\n") + "\n"
            let files: [String] = [certificatePath, keyPath, namesPath]
            let isMade = files.allSatisfy { access($0, R_OK) == 0 }
            if try !isMade || readRegularFile(namesPath) != Array(wanted.utf8) {
                try makeDirectories(folder, mode: 0o755)
                let made = try make(names)
                try write(made.key, to: keyPath, mode: 0o600)
                try write(made.certificate, to: certificatePath, mode: 0o644)
                try write(wanted, to: namesPath, mode: 0o644)
            }
        } catch {
            throw RegistryError(
                .configuration, "no certificate can be made: \("\(error)".printable())",
                remedy: "give the folder to the user that the server runs as: see --user")
        }
        return try read(certificate: certificatePath, key: keyPath)
    }

    private static func configuration(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    private static func make(_ names: [String]) throws -> (certificate: String, key: String) {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(names.first ?? "localhost") }
        let alternatives = names.map { name in
            addressBytes(name).map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(name)
        }
        let now = Date()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: now.addingTimeInterval(-3600), notValidAfter: now.addingTimeInterval(5 * 365 * 86_400),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(alternatives)
            },
            issuerPrivateKey: .init(key))
        return (try certificate.serializeAsPEM().pemString, key.pemRepresentation)
    }

    /// The 4 or 16 bytes of an address; `nil` of a name.
    private static func addressBytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
        return nil
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(SystemCallError) {
        try replaceFile(path, with: text.utf8, mode: mode, isSynced: false)
    }
}
