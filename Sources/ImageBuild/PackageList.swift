import OCI

/// The packages that an image is made of, in a form that is the same for every order in which they can be written.
struct PackageList: Hashable {
    /// Sorted, none twice.
    let names: [String]
    let distribution: Distribution

    /// Checks the names: what is given to apt must not be an option, a pattern or a path.
    ///
    /// - Throws: ``ImageBuildError`` of kinds `noPackages` and `packageNameInvalid`.
    init(_ names: [String], _ distribution: Distribution) throws(ImageBuildError) {
        guard !names.isEmpty else { throw ImageBuildError(.noPackages) }
        for name in names where !Self.isPackage(name) { throw ImageBuildError(.packageNameInvalid(name)) }
        self.names = Set(names).sorted()
        self.distribution = distribution
    }

    /// The name of the list's record: equal lists have equal keys on one architecture.
    var key: Digest {
        let lines = [distribution.description, Platform.host.architecture] + names
        return Digest(of: Array(lines.joined(separator: "\n").utf8))
    }

    /// A name that tells people what the image is.
    ///
    /// A tag has no `+`, and 128 characters at most.
    var reference: String {
        let packages = names.joined(separator: ".").map { $0 == "+" || $0 == "=" || $0 == "~" || $0 == ":" ? "_" : $0 }
        return
            "localhost/packages:\(String(packages.prefix(70)))-\(distribution.suite.prefix(30))-\(key.hex.prefix(12))"
    }

    /// Debian policy 5.6.1, and an exact version behind `=` (5.6.12).
    private static func isPackage(_ text: String) -> Bool {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].utf8
        guard name.count >= 2, let first = name.first, isLowercaseAlphanumeric(first), text.utf8.count <= 200,
            // apt takes a minus at the end for 'remove it'.
            name.last != UInt8(ascii: "-"),
            name.allSatisfy({ isLowercaseAlphanumeric($0) || "+-.".utf8.contains($0) })
        else { return false }
        guard parts.count == 2 else { return true }
        return !parts[1].isEmpty
            && parts[1].utf8.allSatisfy {
                isLowercaseAlphanumeric($0 | 0x20) || ".+-:~".utf8.contains($0)
            }
    }
}
