import Glibc
import LinuxKernel
import OCI

/// The blobs of the layout as files.
extension StoreLocation {
    func blob(_ digest: Digest) -> String { "\(blobs)/\(digest.hex)" }
    func layer(_ diffID: Digest) -> String { "\(layers)/\(diffID.hex)" }

    /// Reads a document and checks that its content is what its name says.
    func readDocument<Content: Document>(_ type: Content.Type, _ digest: Digest) throws -> Content {
        try Content(json: try documentBytes(digest))
    }

    /// Reads a document's bytes, which are those that its digest names.
    func documentBytes(_ digest: Digest) throws -> [UInt8] {
        // One byte over the limit, which the document then refuses in its own words.
        guard let bytes = try readIfPresent(blob(digest), limit: Manifest.sizeLimit + 1) else {
            throw ImageStoreError(.blobMissing(digest))
        }
        let actual = Digest(of: bytes)
        guard actual == digest else { throw ImageStoreError(.digestMismatch(expected: digest, actual: actual)) }
        return bytes
    }

    /// Makes the layout where it is missing.
    ///
    /// Layers hold set-id programs and device nodes: nobody else may come near them.
    func makeLayout(staging: Staging) throws {
        try makeDirectories(blobs)
        try makeDirectories(layers, mode: 0o700)
        let marker = images + "/oci-layout"
        if access(marker, F_OK) != 0 { try replaceFile(marker, with: try ImageLayout().json(), staging: staging) }
    }
}
