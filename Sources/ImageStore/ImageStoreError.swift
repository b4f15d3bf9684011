import LinuxKernel
import OCI

/// Something that the image store could not do, and what to do about it.
public struct ImageStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// No image of that name.
        case imageMissing(String)
        /// The image has no variant for a platform here; those that it has.
        case platformMissing(String, present: [String])
        /// A digest prefix that several images have: their digests.
        case ambiguous(String, candidates: [Digest])
        /// A container runs it, or somebody is fetching it.
        case imageInUse(String)
        /// The name of an image can't be read.
        case reference(ReferenceError)
        /// A document in the store can't be used.
        case document(DocumentError)
        /// Content that the store should have, and has not.
        case blobMissing(Digest)
        /// Content that is not what its name says.
        case digestMismatch(expected: Digest, actual: Digest)
        /// A blob that has not the size that its image says.
        case sizeMismatch(Digest, expected: Int64, actual: Int64)
        /// A layout, or an archive of one, lists no image of that name.
        case notInLayout(String)
        /// What an image needs and nobody has brought.
        case blobsMissing([Digest])
        /// An image that this machine or this program can't use; the text says why.
        case imageInvalid(String)
        /// The archive was refused.
        case archive(ArchiveError)
        /// A change of an image's configuration can't be read; the text says why.
        case change(String)
        /// Nothing tells where the store is; the text says why.
        case homeUnknown(String)
        /// The kernel refused a call.
        case systemCall(SystemCallError)
        /// The caller asked to stop.
        case cancelled
    }

    /// What went wrong.
    public var kind: Kind

    /// An error of that kind.
    public init(_ kind: Kind) { self.kind = kind }

    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String? {
        switch kind {
        case .imageMissing: "'harness image ls' lists the images; 'harness image import ROOTFS.tar -t NAME' adds one"
        case .platformMissing: "get the image for this platform, or say which one is meant with 'platform'"
        case .ambiguous: "give more digits of the digest"
        case .imageInUse: "stop the environment that runs it, or wait for the pull, then try again"
        case .reference(let error): error.remedy
        case .document, .blobMissing, .digestMismatch, .sizeMismatch: "remove the image and get it again"
        case .archive(let error): error.remedy
        case .homeUnknown: "set HARNESS_HOME to an absolute path"
        case .systemCall(let error): Self.remedy(for: error)
        case .notInLayout: "without a name all its images are loaded"
        case .imageInvalid, .change, .cancelled, .blobsMissing: nil
        }
    }

    /// One sentence for a person, without the remedy.
    public var description: String {
        switch kind {
        case .imageMissing(let name): "no image '\(name)' in the store"
        case .platformMissing(let platform, let present):
            "the store has no variant of the image for \(platform)"
                + (present.isEmpty ? "" : ", only for \(present.joined(separator: ", "))")
        case .notInLayout(let name): "it has no image '\(name.prefix(200))'"
        case .ambiguous(let prefix, let candidates):
            "'\(prefix)' fits \(candidates.count) images: \(candidates.map { String($0.hex.prefix(12)) }.joined(separator: ", "))"
        case .imageInUse(let name): "image '\(name)' is in use: a container runs it, or it is being fetched"
        case .reference(let error): error.description
        case .document(let error): error.description
        case .blobMissing(let digest): "the store has no content \(digest)"
        case .digestMismatch(let expected, let actual): "content \(expected) is damaged: its digest is \(actual)"
        case .sizeMismatch(let digest, let expected, let actual):
            "content \(digest) has \(actual) bytes, expected \(expected)"
        case .blobsMissing(let digests):
            "the image needs content that is not there: \(digests.map(\.description).joined(separator: ", "))"
        case .imageInvalid(let reason): "the image can't be used: \(reason)"
        case .archive(let error): error.description
        case .change(let reason): reason
        case .homeUnknown(let reason): "the store's place is unknown: \(reason)"
        case .systemCall(let error): error.description
        case .cancelled: "cancelled"
        }
    }

    private static func remedy(for error: SystemCallError) -> String? {
        switch error.errno {
        case 28: "free disk space where HARNESS_HOME is, for example with 'harness gc'"
        case 13, 1: "check who owns HARNESS_HOME, or point HARNESS_HOME to a directory of your own"
        case 30: "HARNESS_HOME is on a read-only file system; point it elsewhere"
        default: nil
        }
    }
}

/// Runs `body` and gives each of its errors the store's type.
func storing<Result>(_ body: () throws -> Result) throws(ImageStoreError) -> Result {
    do {
        return try body()
    } catch let error as ImageStoreError {
        throw error
    } catch let error as SystemCallError {
        throw ImageStoreError(.systemCall(error))
    } catch let error as ArchiveError {
        throw ImageStoreError(.archive(error))
    } catch let error as DocumentError {
        throw ImageStoreError(.document(error))
    } catch let error as ReferenceError {
        throw ImageStoreError(.reference(error))
    } catch {
        throw ImageStoreError(.imageInvalid("\(error)"))
    }
}
