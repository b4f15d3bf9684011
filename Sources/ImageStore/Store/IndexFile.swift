import Glibc
import LinuxKernel
import OCI

/// `index.json` of the layout: which images there are, and what they are called.
struct IndexFile {
    var index: Index

    /// Reads it; empty where there is no store yet.
    init(_ location: StoreLocation) throws {
        index =
            try readIfPresent(Self.path(location), limit: Index.sizeLimit + 1).map { try Index(json: $0) } ?? Index()
    }

    /// Replaces it; the caller holds the store's lock.
    func write(_ location: StoreLocation, staging: Staging) throws {
        try replaceFile(Self.path(location), with: try index.json(), staging: staging)
    }

    /// The entry that has a name, however another tool has spelled it.
    func entry(named reference: Reference) -> Descriptor? {
        let name = reference.description
        if let exact = index.manifests.first(where: { $0.referenceName == name }) { return exact }
        return index.manifests.first { Self.reference(of: $0) == reference }
    }

    /// The entries whose digest begins with those hexadecimal digits, one for each digest.
    func entries(digestPrefix prefix: String) -> [Descriptor] {
        var seen: Set<Digest> = []
        return index.manifests.filter { $0.digest.hex.hasPrefix(prefix) && seen.insert($0.digest).inserted }
    }

    /// Gives a name to an image; the one that had it loses it.
    ///
    /// - Returns: What the name stood for before, where that has no other name.
    mutating func setName(_ reference: Reference, to image: Descriptor) -> Descriptor? {
        let old = removeName(reference)
        index.manifests.removeAll { $0.digest == image.digest && $0.referenceName == nil }
        var entry = image
        entry.annotations = (entry.annotations ?? [:])
            .merging([Descriptor.referenceName: reference.description]) { $1 }
        index.manifests.append(entry)
        index.manifests.sort { ($0.referenceName ?? "", $0.digest) < ($1.referenceName ?? "", $1.digest) }
        return old.flatMap { contains($0.digest) ? nil : $0 }
    }

    /// Takes a name away; returns what it stood for.
    @discardableResult
    mutating func removeName(_ reference: Reference) -> Descriptor? {
        let old = entry(named: reference)
        index.manifests.removeAll { Self.reference(of: $0) == reference }
        return old
    }

    /// Whether any entry has that digest.
    func contains(_ digest: Digest) -> Bool { index.manifests.contains { $0.digest == digest } }

    /// The name of an entry; `nil` where it has none, or another tool gave it one that is no reference.
    static func reference(of entry: Descriptor) -> Reference? {
        guard let name = entry.referenceName else { return nil }
        do {
            return try Reference(name)
        } catch {
            return nil
        }
    }

    private static func path(_ location: StoreLocation) -> String { location.images + "/index.json" }
}
