import EnvironmentFile

/// Joins what an image and a service say about the process.
struct ProcessPlanner {
    static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The program and its arguments by the Compose Specification: an entry point in the file, also an empty one,
    /// takes away the image's command besides its entry point.
    static func arguments(entrypoint: [String]?, command: [String]?, image: PreparedImage) -> [String] {
        guard let entrypoint else { return image.entrypoint + (command ?? image.command) }
        return entrypoint + (command ?? [])
    }

    /// The image's variables, with `PATH` if it has none, then the others', which win; each at its first place.
    static func environment(image: PreparedImage, adding variables: some Sequence<(key: String, value: String)>)
        -> [String]
    {
        var result = EnvironmentList(image.environment)
        if result["PATH"] == nil { result.set(path) }
        for (name, value) in variables { result.set("\(name)=\(value)") }
        return result.entries
    }
}

/// `NAME=value` entries of which each name is there once, in the order of their first appearance.
struct EnvironmentList {
    private(set) var entries: [String] = []
    private var places: [Substring: Int] = [:]

    init(_ entries: [String] = []) {
        for entry in entries { set(entry) }
    }

    subscript(name: String) -> String? {
        places[Substring(name)].map { String(entries[$0].dropFirst(name.count + 1)) }
    }

    /// Adds an entry or replaces that of the same name; a name alone counts as one with an empty value.
    mutating func set(_ entry: String) {
        let end = entry.firstIndex(of: "=")
        let name = entry[..<(end ?? entry.endIndex)]
        let full = end == nil ? entry + "=" : entry
        if let place = places[name] {
            entries[place] = full
        } else {
            places[name] = entries.count
            entries.append(full)
        }
    }
}
