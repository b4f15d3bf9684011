import FoundationEssentials
import OCI

extension ConfigurationChange {
    /// Reads one instruction: `CMD ["/bin/sh"]`, `ENV A=1 B="two words"`, `WORKDIR /srv`, ….
    ///
    /// The words of `CMD` and `ENTRYPOINT` are a JSON array, or a command line that `/bin/sh -c` will get; those of
    /// `VOLUME` a JSON array or separated by spaces.
    ///
    /// - Throws: ``ImageStoreError`` of kind `change`.
    public init(_ text: String) throws(ImageStoreError) {
        let trimmed = text.drop { $0.isWhitespace }
        let keyword = trimmed.prefix { !$0.isWhitespace }
        let value = String(trimmed.dropFirst(keyword.count).drop { $0.isWhitespace })
        func refuse(_ reason: String) -> ImageStoreError {
            ImageStoreError(.change("change '\(text.prefix(200))': \(reason)"))
        }
        guard !value.isEmpty else {
            throw refuse("expected an instruction and a value, for example 'CMD [\"/bin/sh\"]'")
        }
        switch keyword.uppercased() {
        case "CMD": self = .command(Self.command(value))
        case "ENTRYPOINT": self = .entrypoint(Self.command(value))
        case "ENV": self = .environment(try Self.pairs(value, refuse).map { "\($0.name)=\($0.value)" })
        case "LABEL":
            self = .labels(Dictionary(try Self.pairs(value, refuse).map { ($0.name, $0.value) }) { $1 })
        case "USER": self = .user(value)
        case "WORKDIR":
            guard value.hasPrefix("/") else { throw refuse("the working directory must be an absolute path") }
            self = .workingDirectory(value)
        case "EXPOSE":
            self = .exposedPorts(
                try value.split(separator: " ").map { port throws(ImageStoreError) in
                    guard let port = Self.port(port) else {
                        throw refuse("'\(port)' is not a port, such as 80 or 53/udp")
                    }
                    return port
                })
        case "VOLUME":
            let paths = Self.array(value) ?? value.split(separator: " ").map(String.init)
            guard paths.allSatisfy({ $0.hasPrefix("/") }) else { throw refuse("a volume must be an absolute path") }
            self = .volumes(paths)
        case "STOPSIGNAL": self = .stopSignal(value)
        default:
            throw refuse(
                "'\(keyword)' is none of CMD, ENTRYPOINT, ENV, USER, WORKDIR, EXPOSE, VOLUME, STOPSIGNAL and LABEL")
        }
    }

    private static func command(_ value: String) -> [String] { array(value) ?? ["/bin/sh", "-c", value] }

    /// A JSON array of strings; `nil` where the text is none, which is no mistake: Docker reads it as a command line.
    private static func array(_ value: String) -> [String]? {
        guard value.hasPrefix("[") else { return nil }
        do {
            return try JSONDecoder().decode([String].self, from: Data(value.utf8))
        } catch {
            return nil
        }
    }

    private static func port(_ text: Substring) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let number = UInt16(parts[0]), number > 0 else { return nil }
        let transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
        return ["tcp", "udp", "sctp"].contains(transport) ? "\(number)/\(transport)" : nil
    }

    /// `NAME=value` words with quotes and backslashes, or the old form `NAME the rest of the line`.
    private static func pairs(
        _ value: String, _ refuse: (String) -> ImageStoreError
    ) throws(ImageStoreError) -> [(name: String, value: String)] {
        guard value.prefix(while: { !$0.isWhitespace }).contains("=") else {
            let name = value.prefix { !$0.isWhitespace }
            let rest = value.dropFirst(name.count).drop { $0.isWhitespace }
            guard !rest.isEmpty else { throw refuse("'\(name)' has no value") }
            return [(String(name), String(rest))]
        }
        return try words(value, refuse).map { word throws(ImageStoreError) in
            guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
                throw refuse("'\(word)' is not NAME=value")
            }
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
    }

    private static func words(
        _ text: String, _ refuse: (String) -> ImageStoreError
    ) throws(ImageStoreError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()
        while let character = characters.next() {
            switch character {
            case "\\" where quote != "'":
                guard let next = characters.next() else { throw refuse("it ends in a backslash") }
                word = (word ?? "") + String(next)
            case "'" where quote != "\"", "\"" where quote != "'":
                quote = quote == nil ? character : nil
                word = word ?? ""
            case " " where quote == nil, "\t" where quote == nil:
                if let finished = word { words.append(finished) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw refuse("a quote is not closed") }
        if let word { words.append(word) }
        return words
    }
}
