/// A reference taken apart and checked, before a missing tag is filled in.
struct ReferenceParts {
    var registry: String
    var repository: String
    var tag: String?
    var digest: Digest?

    init(_ text: String) throws(ReferenceError) {
        guard !text.isEmpty else { throw ReferenceError(kind: .empty, text: text) }
        guard text.utf8.count <= 1024 else { throw ReferenceError(kind: .tooLong, text: text) }
        var rest = text.hasPrefix(Self.transport) ? text.dropFirst(Self.transport.count) : text[...]
        if let other = Self.otherTransport(rest) { throw ReferenceError(kind: .transport(other), text: text) }
        guard !rest.isEmpty else { throw ReferenceError(kind: .empty, text: text) }
        if let at = rest.firstIndex(of: "@") {
            do {
                digest = try Digest(String(rest[rest.index(after: at)...]))
            } catch {
                throw ReferenceError(kind: .digest(error), text: text)
            }
            rest = rest[..<at]
        }
        // A colon after the last slash is the tag's; one before it is a port's.
        let name = rest.lastIndex(of: "/").map { rest[$0...] } ?? rest
        if let colon = name.firstIndex(of: ":") {
            let tag = rest[rest.index(after: colon)...]
            guard Self.isTag(tag) else { throw ReferenceError(kind: .tag, text: text) }
            self.tag = String(tag)
            rest = rest[..<colon]
        }
        (registry, repository) = try Self.split(rest, of: text)
    }

    /// What containers-transports(5) has in front of an image of a registry; it says what holds anyhow.
    private static let transport = "docker://"

    /// What stands before a colon that no tag and no port follows: some other program's way to name an image.
    private static func otherTransport(_ text: Substring) -> String? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let (name, rest) = (text[..<colon], text[text.index(after: colon)...])
        let isTransport =
            ["containers-storage", "docker-daemon"].contains(name)
            || ["/", "./", "../", "~/"].contains { rest.hasPrefix($0) }
        let isWord = name.utf8.allSatisfy { isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        return isTransport && isWord && !name.isEmpty ? String(name) : nil
    }

    /// Tells the registry from the first component of the path, as Docker does: by a dot, a colon, a capital, or
    /// `localhost`.
    private static func split(
        _ name: Substring, of text: String
    ) throws(ReferenceError) -> (registry: String, repository: String) {
        var registry = Reference.defaultRegistry
        var path = name
        if let slash = name.firstIndex(of: "/") {
            let first = name[..<slash]
            if first == "localhost" || first.contains(where: { ".:".contains($0) || $0.isUppercase }) {
                guard isRegistry(first) else { throw ReferenceError(kind: .registry, text: text) }
                registry = first == "index.docker.io" ? Reference.defaultRegistry : String(first)
                path = name[name.index(after: slash)...]
            }
        }
        if registry == Reference.defaultRegistry, !path.contains("/") {
            // Docker keeps this form for identifiers.
            let isIdentifier = path.utf8.count == 64 && path.utf8.allSatisfy(Digest.isLowercaseHexadecimal)
            guard !isIdentifier else { throw ReferenceError(kind: .identifier, text: text) }
            path = "library/" + path
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        guard components.allSatisfy(isComponent) else { throw ReferenceError(kind: .repository, text: text) }
        guard registry.utf8.count + 1 + path.utf8.count <= 255 else { throw ReferenceError(kind: .tooLong, text: text) }
        return (registry, String(path))
    }

    /// `[\w][\w.-]{0,127}`.
    private static func isTag(_ tag: Substring) -> Bool {
        guard (1...128).contains(tag.utf8.count), let first = tag.utf8.first else { return false }
        return isWord(first)
            && tag.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// A host name, an IPv4 address or a bracketed IPv6 address, and an optional port.
    private static func isRegistry(_ text: Substring) -> Bool {
        var host = text
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<end].utf8
            let rest = host[host.index(after: end)...]
            return !address.isEmpty && address.allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: ":") }
                && (rest.isEmpty || (rest.hasPrefix(":") && isPort(rest.dropFirst())))
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        UInt16(text) != nil && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
    private static func isComponent(_ component: Substring) -> Bool {
        var separator: [UInt8] = []
        var isFirst = true
        for byte in component.utf8 {
            if isLowercaseAlphanumeric(byte) {
                guard separator.isEmpty || (!isFirst && isSeparator(separator)) else { return false }
                separator = []
                isFirst = false
            } else {
                separator.append(byte)
            }
        }
        return !isFirst && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        switch bytes {
        case Array(".".utf8), Array("_".utf8), Array("__".utf8): true
        default: bytes.allSatisfy { $0 == UInt8(ascii: "-") }
        }
    }

    private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercaseAlphanumeric(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { Digest.isLowercaseHexadecimal(byte | 0x20) }

    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
}
