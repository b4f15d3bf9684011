import HTTPTypes
import OCI

/// What must hold of a manifest that is put into a repository (distribution-spec, pushing manifests).
struct ManifestCheck {
    /// The most bytes that a manifest may have.
    static let sizeLimit = 4 << 20

    /// Contents that must be in the repository: blobs, or, of an index, manifests.
    var blobs: [Digest] = []
    var manifests: [Digest] = []
    /// The manifest that this one refers to.
    var subject: Digest?
    /// What kind of artifact it is, for lists of referrers.
    var artifactType: String?
    var annotations: [String: String] = [:]

    /// Reads a manifest.
    ///
    /// - Throws: ``Refusal`` with what is wrong.
    init(_ bytes: [UInt8], mediaType: String) throws(Refusal) {
        do {
            let root = try JSONNode(bytes, document: "manifest")
            guard try root.required("schemaVersion").integer() == 2 else {
                throw Refusal(.badRequest, .manifestInvalid, "only manifests of schema version 2 are taken")
            }
            if let named = try root.optional("mediaType")?.string(), named != mediaType {
                throw Refusal(
                    .badRequest, .manifestInvalid, "the manifest says it is '\(named)', the request says '\(mediaType)'"
                )
            }
            artifactType = try root.optional("artifactType")?.string()
            annotations = try root.optional("annotations")?.texts() ?? [:]
            subject = try root.optional("subject")?.required("digest").digest()
            if MediaType.isIndex(mediaType) {
                manifests = try root.required("manifests").elements().map { try $0.required("digest").digest() }
            } else {
                let config = try root.required("config")
                artifactType = try artifactType ?? config.required("mediaType").string()
                blobs.append(try config.required("digest").digest())
                for layer in try root.optional("layers")?.elements() ?? [] {
                    // Foreign layers are elsewhere.
                    if let urls = try layer.optional("urls")?.strings(), !urls.isEmpty { continue }
                    blobs.append(try layer.required("digest").digest())
                }
            }
        } catch let error as DocumentError {
            throw Refusal(.badRequest, .manifestInvalid, error.description)
        } catch let error as Refusal {
            throw error
        } catch {
            throw Refusal(.badRequest, .manifestInvalid, "\(error)")
        }
    }
}
