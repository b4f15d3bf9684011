// How each document is read from JSON. Fields that the specification does not know are not looked at.

extension Descriptor {
    init(_ node: JSONNode) throws(DocumentError) {
        mediaType = try node.required("mediaType").string()
        digest = try node.required("digest").digest()
        size = try node.required("size").integer()
        platform = try node.optional("platform").map { node throws(DocumentError) in try Platform(node) }
        annotations = try node.optional("annotations")?.texts()
    }
}

extension Platform {
    init(_ node: JSONNode) throws(DocumentError) {
        architecture = try node.required("architecture").string()
        os = try node.required("os").string()
        variant = try node.optional("variant")?.string()
    }
}

extension Index {
    /// Reads the document.
    public init(_ node: JSONNode) throws(DocumentError) {
        schemaVersion = Int(try node.required("schemaVersion").integer())
        mediaType = try node.optional("mediaType")?.string()
        manifests = try node.required("manifests").elements().map { element throws(DocumentError) in
            try Descriptor(element)
        }
        annotations = try node.optional("annotations")?.texts()
    }
}

extension ImageLayout {
    /// Reads the document.
    public init(_ node: JSONNode) throws(DocumentError) {
        imageLayoutVersion = try node.required("imageLayoutVersion").string()
    }
}

extension Manifest {
    /// Reads the document.
    public init(_ node: JSONNode) throws(DocumentError) {
        schemaVersion = Int(try node.required("schemaVersion").integer())
        mediaType = try node.optional("mediaType")?.string()
        config = try Descriptor(try node.required("config"))
        layers = try node.required("layers").elements().map { element throws(DocumentError) in try Descriptor(element) }
        annotations = try node.optional("annotations")?.texts()
    }
}

extension ImageConfiguration {
    /// Reads the document.
    public init(_ node: JSONNode) throws(DocumentError) {
        created = try node.optional("created")?.string()
        author = try node.optional("author")?.string()
        architecture = try node.required("architecture").string()
        os = try node.required("os").string()
        variant = try node.optional("variant")?.string()
        config = try node.optional("config").map { node throws(DocumentError) in try ContainerDefaults(node) }
        rootfs = try RootFileSystem(try node.required("rootfs"))
        history = try node.optional("history")?.elements().map { element throws(DocumentError) in
            try HistoryEntry(element)
        }
    }
}

extension RootFileSystem {
    init(_ node: JSONNode) throws(DocumentError) {
        type = try node.required("type").string()
        // Docker writes null for an image without layers.
        diffIDs =
            try node.optional("diff_ids")?.elements().map { element throws(DocumentError) in try element.digest() }
            ?? []
    }
}

extension HistoryEntry {
    init(_ node: JSONNode) throws(DocumentError) {
        created = try node.optional("created")?.string()
        createdBy = try node.optional("created_by")?.string()
        comment = try node.optional("comment")?.string()
        emptyLayer = try node.optional("empty_layer")?.boolean()
    }
}

extension ContainerDefaults {
    init(_ node: JSONNode) throws(DocumentError) {
        user = try node.optional("User")?.string()
        exposedPorts = try node.optional("ExposedPorts")?.members().mapValues { _ in EmptyObject() }
        env = try node.optional("Env")?.strings()
        entrypoint = try node.optional("Entrypoint")?.strings()
        cmd = try node.optional("Cmd")?.strings()
        volumes = try node.optional("Volumes")?.members().mapValues { _ in EmptyObject() }
        workingDir = try node.optional("WorkingDir")?.string()
        labels = try node.optional("Labels")?.texts()
        stopSignal = try node.optional("StopSignal")?.string()
        healthcheck = try node.optional("Healthcheck").map { node throws(DocumentError) in try Healthcheck(node) }
        shell = try node.optional("Shell")?.strings()
    }
}

extension Healthcheck {
    init(_ node: JSONNode) throws(DocumentError) {
        test = try node.optional("Test")?.strings()
        interval = try node.optional("Interval")?.integer()
        timeout = try node.optional("Timeout")?.integer()
        startPeriod = try node.optional("StartPeriod")?.integer()
        startInterval = try node.optional("StartInterval")?.integer()
        retries = try node.optional("Retries").map { node throws(DocumentError) in Int(try node.integer()) }
    }
}
