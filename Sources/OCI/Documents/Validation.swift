extension Index: Document {
    /// What the document is called in messages.
    public static var documentName: String { "image index" }

    /// Checks the schema's version and the sizes.
    public func validate() throws(DocumentError) {
        try checkSchema(schemaVersion, of: Self.documentName)
        for manifest in manifests { try checkSize(manifest, of: Self.documentName) }
    }
}

extension Manifest: Document {
    /// What the document is called in messages.
    public static var documentName: String { "image manifest" }

    /// Checks the schema's version and the sizes.
    public func validate() throws(DocumentError) {
        try checkSchema(schemaVersion, of: Self.documentName)
        for blob in [config] + layers { try checkSize(blob, of: Self.documentName) }
    }
}

extension ImageConfiguration: Document {
    /// What the document is called in messages.
    public static var documentName: String { "image configuration" }

    /// Checks that the root file system is made of layers.
    public func validate() throws(DocumentError) {
        guard rootfs.type == "layers" else {
            throw DocumentError(
                kind: .invalid("rootfs.type is '\(rootfs.type.prefix(40))', expected 'layers'"),
                document: Self.documentName)
        }
    }
}

extension ImageLayout: Document {
    /// What the document is called in messages.
    public static var documentName: String { "image layout" }

    /// Checks the layout's major version.
    public func validate() throws(DocumentError) {
        guard imageLayoutVersion.hasPrefix("1.") else {
            throw DocumentError(
                kind: .invalid("its version is '\(imageLayoutVersion.prefix(40))', expected 1.0.0"),
                document: Self.documentName)
        }
    }
}

private func checkSchema(_ version: Int, of document: String) throws(DocumentError) {
    guard version == 2 else {
        throw DocumentError(kind: .invalid("schemaVersion is \(version), expected 2"), document: document)
    }
}

private func checkSize(_ descriptor: Descriptor, of document: String) throws(DocumentError) {
    guard descriptor.size >= 0 else {
        throw DocumentError(kind: .invalid("the size of \(descriptor.digest) is negative"), document: document)
    }
}
