/// Paths as text: joined, made absolute, tidied; the file system is not asked.
enum Path {
    /// `path` itself when absolute, else below `base`; `.`, `..` and doubled slashes are resolved by their text.
    static func absolute(_ path: String, base: String) -> String {
        normalized(path.hasPrefix("/") ? path : base + "/" + path)
    }

    /// An absolute path without `.`, `..`, doubled or trailing slashes.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// All before the last slash; `/` for what is directly below the root.
    static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// All after the last slash.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? ""
    }

    /// How to show an absolute path to someone in `directory`: relative when it is below.
    static func shown(_ path: String, from directory: String) -> String {
        let prefix = directory == "/" ? "/" : directory + "/"
        return path.hasPrefix(prefix) && path.utf8.count > prefix.utf8.count
            ? String(path.dropFirst(prefix.count)) : path
    }

    /// Whether it is the address of a file elsewhere: a URL, a Git repository, an OCI artifact.
    static func isRemote(_ path: String) -> Bool {
        path.contains("://") || path.hasPrefix("git@") || path.hasPrefix("oci:")
    }

    /// `~` and `~/…` with the home folder put in; anything else as it is.
    static func expandingHome(_ path: String, home: String?) -> String {
        guard let home, path == "~" || path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }
}
