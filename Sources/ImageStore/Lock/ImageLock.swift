import OCI

/// Which digest each image of an environment has: the content of `harness.lock`, so that every machine runs the same.
///
///     {"images": {"docker.io/library/busybox:latest": "sha256:…"}, "version": 1}
public struct ImageLock: Hashable, Sendable {
    /// The file's name, beside the environment file.
    public static let fileName = "harness.lock"
    /// The most bytes that the file may have.
    public static let sizeLimit = 1 << 20

    /// By the names, in full.
    public private(set) var images: [Reference: Digest] = [:]

    /// Nothing yet.
    public init() {}

    /// Reads the file's content.
    ///
    /// - Throws: ``DocumentError``, also where it is of another version.
    public init(json: [UInt8]) throws(DocumentError) {
        let node = try JSONNode(json, document: Self.fileName)
        let version = try node.required("version").integer()
        guard version == 1 else {
            throw DocumentError(kind: .invalid("its version is \(version), expected 1"), document: Self.fileName)
        }
        for (name, value) in try node.required("images").members() {
            do {
                images[try Reference(name)] = try value.digest()
            } catch let error as ReferenceError {
                throw DocumentError(kind: .malformed(error.description), document: Self.fileName)
            } catch let error as DocumentError {
                throw error
            } catch {
                throw DocumentError(kind: .malformed("\(error)"), document: Self.fileName)
            }
        }
    }

    /// The file's content: sorted, one image a line.
    public var json: String {
        let lines = images.sorted { $0.key < $1.key }.map { "    \"\($0.key)\": \"\($0.value)\"" }
        let images = lines.isEmpty ? "{}" : "{\n\(lines.joined(separator: ",\n"))\n  }"
        return "{\n  \"images\": \(images),\n  \"version\": 1\n}\n"
    }

    /// Notes what a name stands for.
    ///
    /// A name with a digest needs no note.
    public mutating func pin(_ reference: Reference, to digest: Digest) {
        if reference.digest == nil { images[reference] = digest }
    }

    /// The name with its digest; `nil` where the lock does not have it.
    public func pinned(_ reference: Reference) -> Reference? {
        if reference.digest != nil { return reference }
        return images[reference].map { reference.withDigest($0) }
    }
}
