import YAML

/// The name of an image in files, `oci:PATH[:TAG]` and the like, as containers-transports(5) has it.
enum FileImageName {
    /// The transports, and whether a name may follow the path.
    private static let transports = ["oci": true, "oci-archive": true, "docker-archive": true, "dir": false]

    /// The path in a name; `nil` where the name is none of an image in files.
    static func path(in name: String) -> Substring? {
        guard let colon = name.firstIndex(of: ":"), let isNamed = transports[String(name[..<colon])] else { return nil }
        let rest = name[name.index(after: colon)...]
        return isNamed ? rest.prefix { $0 != ":" } : rest
    }

    /// The name with another path; names of other images stay.
    static func replacingPath(in name: String, _ change: (String) -> String) -> String {
        guard let path = path(in: name), !path.isEmpty else { return name }
        return name[..<path.startIndex] + change(String(path)) + name[path.endIndex...]
    }
}

extension Decoding {
    /// The name of an image, with the path of one in files absolute.
    func imageName(_ node: Node) -> String? {
        guard let name = nonEmpty(node, "'image'") else { return nil }
        if FileImageName.path(in: name)?.isEmpty == true {
            diagnostics.error(
                .invalidValue, at: node, "'\(name)' names no path",
                remedy: "write the path of the files behind the colon")
            return nil
        }
        return FileImageName.replacingPath(in: name, hostPath)
    }
}
