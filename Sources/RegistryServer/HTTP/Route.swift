import HTTPTypes
import OCI

/// What a request is about: its path, taken apart and checked (distribution-spec, endpoints).
///
/// Every name in a route has passed the specification's grammar: none of them can lead out of a folder.
enum Route: Hashable, Sendable {
    case interface
    case catalog
    case tags(repository: String)
    case manifest(repository: String, ManifestName)
    case blob(repository: String, Digest)
    case uploads(repository: String)
    case upload(repository: String, identifier: String)
    case referrers(repository: String, Digest)

    /// How a manifest is named.
    enum ManifestName: Hashable, Sendable {
        case tag(String)
        case digest(Digest)
    }

    /// Takes a path.
    ///
    /// - Throws: ``Refusal`` with the code for the part that is wrong.
    init(path: String) throws(Refusal) {
        guard path == "/v2" || path.hasPrefix("/v2/") else {
            throw Refusal(.notFound, .unsupported, "a registry's interface is at /v2/")
        }
        var parts = path.dropFirst("/v2/".count).split(separator: "/", omittingEmptySubsequences: false).map(
            String.init)
        switch parts {
        case [""], []: self = .interface
        case ["_catalog"]: self = .catalog
        default:
            // An upload is begun at a path with a slash at its end.
            let endsInSlash = parts.last == ""
            if endsInSlash { parts.removeLast() }
            self = try Self.inRepository(parts, endsInSlash: endsInSlash)
        }
    }

    private static func inRepository(_ parts: [String], endsInSlash: Bool) throws(Refusal) -> Self {
        let count = parts.count
        if count >= 3, parts[count - 2] == "blobs", parts[count - 1] == "uploads" {
            return .uploads(repository: try repository(parts.dropLast(2)))
        }
        guard !endsInSlash, count >= 3 else { throw Refusal(.notFound, .unsupported, "no such part of the interface") }
        let last = parts[count - 1]
        if count >= 4, parts[count - 3] == "blobs", parts[count - 2] == "uploads" {
            let isIdentifier =
                last.utf8.count == 32 && last.utf8.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
            guard isIdentifier else { throw Refusal(.notFound, .blobUploadUnknown, "no such upload") }
            return .upload(repository: try repository(parts.dropLast(3)), identifier: last)
        }
        let name = parts.dropLast(2)
        switch parts[count - 2] {
        case "tags" where last == "list": return .tags(repository: try repository(name))
        case "blobs": return .blob(repository: try repository(name), try digest(last))
        case "referrers": return .referrers(repository: try repository(name), try digest(last))
        case "manifests":
            if last.contains(":") { return .manifest(repository: try repository(name), .digest(try digest(last))) }
            guard isTag(last) else {
                throw Refusal(.badRequest, .manifestInvalid, "the tag is not one that a manifest can have")
            }
            return .manifest(repository: try repository(name), .tag(last))
        default: throw Refusal(.notFound, .unsupported, "no such part of the interface")
        }
    }

    /// The repository that is meant; `nil` of what concerns all.
    var repository: String? {
        switch self {
        case .interface, .catalog: nil
        case .tags(let name), .manifest(let name, _), .blob(let name, _), .uploads(let name), .upload(let name, _),
            .referrers(let name, _):
            name
        }
    }

    static func digest(_ text: String) throws(Refusal) -> Digest {
        do {
            return try Digest(text)
        } catch {
            throw Refusal(.badRequest, .digestInvalid, "\(error)")
        }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/…)*`, 255 bytes at most.
    static func repository(_ components: some Collection<String>) throws(Refusal) -> String {
        let name = components.joined(separator: "/")
        guard !components.isEmpty, name.utf8.count <= 255, components.allSatisfy(isComponent) else {
            throw Refusal(.badRequest, .nameInvalid, "the name is not one that a repository can have")
        }
        return name
    }

    static func isTag(_ text: String) -> Bool {
        guard (1...128).contains(text.utf8.count), let first = text.utf8.first else { return false }
        func isWord(_ byte: UInt8) -> Bool {
            isDigit(byte) || byte == UInt8(ascii: "_") || (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte)
        }
        return isWord(first)
            && text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    private static func isComponent(_ component: String) -> Bool {
        var separator: [UInt8] = []
        var isBegun = false
        for byte in component.utf8 {
            if isDigit(byte) || (0x61...0x7a).contains(byte) {
                let isSeparator =
                    [[], Array(".".utf8), Array("_".utf8), Array("__".utf8)].contains(separator)
                    || separator.allSatisfy { $0 == UInt8(ascii: "-") }
                guard isSeparator, isBegun || separator.isEmpty else { return false }
                (separator, isBegun) = ([], true)
            } else {
                separator.append(byte)
            }
        }
        return isBegun && separator.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
