import Foundation
import Glibc
import LinuxKernel
import OCI
import RegistryProtocol

/// The file of credentials that Docker, podman and skopeo share: `auths`, `credHelpers`, `credsStore`.
///
/// Found as they find it: `REGISTRY_AUTH_FILE`; `$DOCKER_CONFIG/config.json`; `$XDG_RUNTIME_DIR/containers/auth.json`
/// where it exists; `~/.docker/config.json`. What else it holds stays as it is when credentials are kept in it.
public struct DockerConfiguration: Sendable {
    /// Where credentials are kept.
    public let path: String
    private var readPaths: [String]
    private let searchPath: String

    /// Finds the file.
    ///
    /// - Parameter environment: Looks up a variable. Empty counts as missing.
    /// - Throws: ``RegistryError`` of kind `configuration` where nothing tells the home directory.
    public init(environment: (String) -> String?) throws(RegistryError) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        searchPath = value("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        if let file = value("REGISTRY_AUTH_FILE") {
            (path, readPaths) = (file, [file])
        } else if let folder = value("DOCKER_CONFIG") {
            (path, readPaths) = (folder + "/config.json", [folder + "/config.json"])
        } else if let home = value("HOME") {
            path = home + "/.docker/config.json"
            readPaths = [path] + (value("XDG_RUNTIME_DIR").map { [$0 + "/containers/auth.json"] } ?? [])
        } else {
            throw RegistryError(
                .configuration, "nothing says where credentials are: HOME is not set",
                remedy: "set HOME, DOCKER_CONFIG or REGISTRY_AUTH_FILE")
        }
    }

    /// The credentials for a registry, by its name as references have it; `nil` for nobody in particular.
    ///
    /// `credHelpers` of the registry comes first, then `auths` where it holds a secret, then `credsStore`.
    public func credential(for registry: String) throws(RegistryError) -> Credential? {
        for path in readPaths {
            guard let bytes = try Self.contents(path) else { continue }
            do {
                let root = try JSONNode(bytes, document: path)
                if let found = try credential(for: registry, in: root) { return found }
            } catch let error as RegistryError {
                throw error
            } catch {
                throw RegistryError(.configuration, "\(error)")
            }
        }
        return nil
    }

    private func credential(for registry: String, in root: JSONNode) throws -> Credential? {
        let keys = Self.keys(of: registry)
        let helpers = try root.optional("credHelpers")?.texts() ?? [:]
        if let name = keys.lazy.compactMap({ helpers[$0] }).first {
            let helper = try CredentialHelper(name: name, searchPath: searchPath)
            return try helper.credential(for: registry == "docker.io" ? Self.hub : registry)
        }
        let entries = try root.optional("auths")?.members() ?? [:]
        let named = Dictionary(
            entries.map { (Self.host(of: $0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        for key in keys {
            guard let entry = entries[key] ?? named[key], let found = try Self.credential(entry) else { continue }
            return found
        }
        guard let store = try root.optional("credsStore")?.string(), !store.isEmpty else { return nil }
        let helper = try CredentialHelper(name: store, searchPath: searchPath)
        return try helper.credential(for: registry == "docker.io" ? Self.hub : registry)
    }

    private static func credential(_ entry: JSONNode) throws -> Credential? {
        if let token = try entry.optional("identitytoken")?.string(), !token.isEmpty { return .identityToken(token) }
        if let token = try entry.optional("registrytoken")?.string(), !token.isEmpty { return .registryToken(token) }
        if let encoded = try entry.optional("auth")?.string(), !encoded.isEmpty {
            guard let decoded = Data(base64Encoded: encoded),
                let text = String(validating: decoded.filter { $0 != 0 }, as: UTF8.self),
                let colon = text.firstIndex(of: ":")
            else {
                throw RegistryError(
                    .configuration, "the 'auth' of an entry is not the base64 form of NAME:PASSWORD",
                    remedy: "log in again with 'harness login'")
            }
            return .password(username: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
        }
        guard let username = try entry.optional("username")?.string(),
            let password = try entry.optional("password")?.string(), !username.isEmpty
        else { return nil }
        return .password(username: username, password: password)
    }

    /// Docker Hub's name in files of credentials.
    static let hub = "https://index.docker.io/v1/"

    /// The names that an entry for a registry may have.
    static func keys(of registry: String) -> [String] {
        registry == "docker.io" ? [hub, "docker.io", "index.docker.io", "registry-1.docker.io"] : [registry]
    }

    /// Keys may be addresses: `https://HOST/v1/`.
    private static func host(of key: String) -> String {
        String((splitScheme(key)?.rest ?? key[...]).prefix { $0 != "/" })
    }

    private static func contents(_ path: String) throws(RegistryError) -> [UInt8]? {
        do {
            return try readRegularFile(path, limit: 4 << 20)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.errno) { return nil }
            throw RegistryError(.configuration, error.description)
        }
    }
}

extension DockerConfiguration {
    /// Keeps credentials for a registry: with the registry's helper or `credsStore` where the file names one, else in
    /// the file, which only its owner can read then.
    ///
    /// - Returns: Where they are, for the user.
    public func keep(_ registry: String, username: String, password: String) throws(RegistryError) -> String {
        let root = try contentsForChange()
        let key = registry == "docker.io" ? Self.hub : registry
        if let name = Self.helper(for: registry, in: root) {
            try CredentialHelper(name: name, searchPath: searchPath).store(key, username: username, password: password)
            return "docker-credential-\(name)"
        }
        var auths = root["auths"] as? [String: Any] ?? [:]
        auths[key] = ["auth": Data("\(username):\(password)".utf8).base64EncodedString()]
        try write(root, auths: auths)
        return path
    }

    /// Forgets the credentials for a registry.
    ///
    /// - Returns: Whether there were any in the file, or a helper that was asked to forget.
    public func forget(_ registry: String) throws(RegistryError) -> Bool {
        let root = try contentsForChange()
        var auths = root["auths"] as? [String: Any] ?? [:]
        let found = auths.keys.filter { key in
            Self.keys(of: registry).contains(key) || Self.keys(of: registry).contains(Self.host(of: key))
        }
        for key in found { auths[key] = nil }
        if !found.isEmpty { try write(root, auths: auths) }
        guard let name = Self.helper(for: registry, in: root) else { return !found.isEmpty }
        let helper = try CredentialHelper(name: name, searchPath: searchPath)
        try helper.erase(registry == "docker.io" ? Self.hub : registry)
        return true
    }

    private static func helper(for registry: String, in root: [String: Any]) -> String? {
        let helpers = root["credHelpers"] as? [String: String] ?? [:]
        let store = (root["credsStore"] as? String).flatMap { $0.isEmpty ? nil : $0 }
        return keys(of: registry).lazy.compactMap { helpers[$0] }.first ?? store
    }

    private func contentsForChange() throws(RegistryError) -> [String: Any] {
        guard let bytes = try Self.contents(path), !bytes.isEmpty else { return [:] }
        do {
            if let root = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] { return root }
        } catch {
            // Told below, as any other shape is.
        }
        throw RegistryError(.configuration, "\(path) is not a JSON object", remedy: "mend the file, or move it away")
    }

    private func write(_ root: [String: Any], auths: [String: Any]) throws(RegistryError) {
        var root = root
        root["auths"] = auths
        do {
            let bytes = try JSONSerialization.data(
                withJSONObject: root, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
            // A link to a file elsewhere stays one.
            let target = realpath(path, nil).map { resolved in
                defer { free(resolved) }
                return String(cString: resolved)
            }
            let file = target ?? path
            if let slash = file.lastIndex(of: "/") { try makeDirectories(String(file[..<slash]), mode: 0o700) }
            // Made anew, so that nobody else's file, or one of other rights, gets what is secret.
            try replaceFile(file, with: bytes, mode: 0o600)
        } catch {
            throw RegistryError(.configuration, "the credentials can't be kept: \(error)")
        }
    }
}
