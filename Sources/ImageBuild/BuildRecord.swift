import FoundationEssentials
import Glibc
import ImageStore
import LinuxKernel
import OCI

/// Which image a list of packages gave: a small file in the store, so that the next run finds the image without apt.
struct BuildRecord: Encodable, Hashable {
    /// The image's manifest.
    var image: Digest
    /// For people.
    var distribution: String
    /// For people.
    var packages: [String]
    /// Of the image's packages and their versions, dependencies included, as ``InstalledPackages`` has it.
    var versions: Digest

    /// Reads a list's record; `nil` where there is none, or it can't be read, which a build mends.
    static func read(_ list: PackageList, _ location: StoreLocation) throws(SystemCallError) -> Self? {
        guard let bytes = try readIfPresent(path(list, location)) else { return nil }
        do {
            let node = try JSONNode(bytes, document: "build record")
            return Self(
                image: try node.required("image").digest(), distribution: try node.required("distribution").string(),
                packages: try node.required("packages").strings(), versions: try node.required("versions").digest())
        } catch {
            return nil
        }
    }

    /// Replaces a list's record.
    func write(_ list: PackageList, _ location: StoreLocation) throws {
        try makeDirectories(location.packageBuilds)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try replaceFile(
            Self.path(list, location), with: Array(try encoder.encode(self)), staging: try Staging(in: location))
    }

    static func path(_ list: PackageList, _ location: StoreLocation) -> String {
        "\(location.packageBuilds)/\(list.key.hex)"
    }
}

/// Packages and their versions.
struct InstalledPackages: Hashable {
    /// `NAME VERSION`, sorted.
    var lines: [String]

    /// Reads dpkg's database: paragraphs with `Package`, `Status` and `Version` (dpkg(1)).
    init(status: String) {
        var lines: [String] = []
        var name: Substring?
        for line in status.split(separator: "\n") {
            if line.hasPrefix("Package: ") {
                name = line.dropFirst("Package: ".count)
            } else if line.hasPrefix("Version: "), let name {
                lines.append("\(name) \(line.dropFirst("Version: ".count))")
            }
        }
        self.lines = lines.sorted()
    }

    /// Reads what `apt-get --simulate` prints: `Inst NAME (VERSION …)`.
    init(simulation: String) {
        lines = simulation.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 2, words[0] == "Inst", words[2].hasPrefix("(") else { return nil }
            return "\(words[1]) \(words[2].dropFirst())"
        }.sorted()
    }

    var digest: Digest { Digest(of: Array(lines.joined(separator: "\n").utf8)) }
}
