import Glibc
import LinuxKernel
import RegistryProtocol
import YAML

/// What a file says about registries: where their mirrors are, and how far they are trusted.
///
///     registries:
///       docker.io:
///         mirrors: [https://mirror.example.com, "http://localhost:5000/docker.io"]
///       registry.internal:5000:
///         insecure: true
///         token-servers: [login.internal]
public struct RegistrySettings: Hashable, Sendable {
    /// What is said about one registry.
    public struct Entry: Hashable, Sendable {
        /// Asked before the registry itself, in this order.
        public var mirrors: [Endpoint] = []
        /// Whether certificates need not be trusted, and plain HTTP is taken where there is no TLS.
        public var isInsecure = false
        /// Further hosts that the registry may have its credentials sent to for a token.
        public var tokenServers: Set<String> = []

        /// Nothing.
        public init() {}
    }

    /// By the registry's name as references have it.
    public var entries: [String: Entry] = [:]

    /// Nothing is said.
    public init() {}

    /// The files that an environment names: `HARNESS_REGISTRIES` alone where it is set; else
    /// `$XDG_CONFIG_HOME/harness/registries.yaml` (`~/.config/…`), then `/etc/harness/registries.yaml`. Of a registry in
    /// both, the first file counts.
    public init(environment: (String) -> String?) throws(RegistryError) {
        func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        var paths: [String] = []
        if let path = value("HARNESS_REGISTRIES") {
            paths = [path]
        } else {
            let home = value("XDG_CONFIG_HOME") ?? value("HOME").map { $0 + "/.config" }
            paths = [home.map { $0 + "/harness/registries.yaml" }, "/etc/harness/registries.yaml"].compactMap { $0 }
        }
        for path in paths {
            let bytes: [UInt8]
            do {
                bytes = try readRegularFile(path, limit: 1 << 20)
            } catch {
                if [ENOENT, ENOTDIR].contains(error.errno), value("HARNESS_REGISTRIES") == nil { continue }
                throw RegistryError(.configuration, error.description)
            }
            entries.merge(try Self(yaml: bytes, file: path).entries) { first, _ in first }
        }
    }

    /// Reads a file's text; unknown keys are mistakes.
    public init(yaml bytes: [UInt8], file: String) throws(RegistryError) {
        let document = Document.load(bytes, file: file)
        if let error = document.errors.first {
            throw Self.mistake(error.message, file, error.position, remedy: error.remedy)
        }
        guard let root = document.root, !root.isNull else { return }
        for entry in try Self.mapping(root).entries {
            guard entry.key.text == "registries" else { throw Self.unknown(entry.key, known: ["registries"]) }
            for registry in try Self.mapping(entry.value).entries {
                guard let name = registry.key.text, Endpoint.split(name) != nil else {
                    throw Self.mistake(
                        "expected a registry's host and optional port", file, registry.key.position, remedy: nil)
                }
                entries[name] = try Self.entry(registry.value)
            }
        }
    }

    private static func entry(_ node: Node) throws(RegistryError) -> Entry {
        var result = Entry()
        for member in try mapping(node).entries {
            switch member.key.text {
            case "mirrors":
                for mirror in try texts(member.value) {
                    do throws(RegistryError) {
                        result.mirrors.append(try Endpoint(url: mirror.text))
                    } catch {
                        throw mistake(error.message, node.file, mirror.node.position, remedy: error.remedy)
                    }
                }
            case "insecure":
                guard let text = member.value.text, ["true", "false"].contains(text) else {
                    throw mistake("'insecure' is true or false", node.file, member.value.position, remedy: nil)
                }
                result.isInsecure = text == "true"
            case "token-servers": result.tokenServers = Set(try texts(member.value).map { $0.text.lowercased() })
            default: throw unknown(member.key, known: ["mirrors", "insecure", "token-servers"])
            }
        }
        return result
    }

    private static func mapping(_ node: Node) throws(RegistryError) -> Mapping {
        if node.isNull { return Mapping([]) }
        guard let mapping = node.mapping else {
            throw mistake("expected a mapping", node.file, node.position, remedy: nil)
        }
        return mapping
    }

    private static func texts(_ node: Node) throws(RegistryError) -> [(node: Node, text: String)] {
        guard let sequence = node.sequence else {
            throw mistake("expected a list", node.file, node.position, remedy: nil)
        }
        var result: [(node: Node, text: String)] = []
        for element in sequence {
            guard let text = element.text else {
                throw mistake("expected a text", node.file, element.position, remedy: nil)
            }
            result.append((element, text))
        }
        return result
    }

    private static func unknown(_ key: Node, known: [String]) -> RegistryError {
        mistake(
            "unknown key '\((key.text ?? "").printable(limit: 60))'", key.file, key.position,
            remedy: "the keys here are \(known.joined(separator: ", "))")
    }

    private static func mistake(
        _ message: String, _ file: String, _ position: SourcePosition, remedy: String?
    ) -> RegistryError {
        RegistryError(.configuration, "\(file):\(position.line):\(position.column): \(message)", remedy: remedy)
    }
}
