import OrderedCollections
import YAML

/// Decodes `volumes:`, `configs:`, `secrets:` and `test:`.
struct TopLevelDecoder {
    let decoding: Decoding
    let projectName: String
    /// Whether the files and variables behind configs and secrets must be there.
    let checksContents: Bool

    // MARK: Volumes

    func volumes(_ node: Node?) -> OrderedDictionary<String, Volume> {
        var result: OrderedDictionary<String, Volume> = [:]
        for entry in node?.mapping?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            result[key] = volume(key, entry)
        }
        return result
    }

    private func volume(_ key: String, _ entry: Mapping.Entry) -> Volume {
        let mapping = entry.value.mapping
        let external = mapping?["external"]
        let isExternal = external.flatMap { $0.mapping != nil ? true : decoding.boolean($0) } ?? false
        let name = decoding.given(mapping?["name"])
        let externalName = decoding.text(external?.mapping?["name"])
        if name != nil, externalName != nil {
            decoding.diagnostics.error(
                .conflict, at: entry.key, "volume '\(key)' has both 'name' and 'external.name'",
                remedy: "keep 'name' and write 'external: true'")
        }
        if isExternal {
            for other in ["driver", "driver_opts", "labels"] {
                guard let conflict = mapping?.entry(other) else { continue }
                decoding.diagnostics.error(
                    .conflict, at: conflict.key, "volume '\(key)' is external, so '\(other)' can't be given")
            }
        }
        checkDriver(mapping?["driver"])
        let stored = name ?? externalName ?? (isExternal ? key : "\(projectName)_\(key)")
        let labels = mapping?["labels"].map(decoding.labels) ?? [:]
        return Volume(name: stored, isExternal: isExternal, labels: labels, position: entry.key.position)
    }

    private func checkDriver(_ node: Node?) {
        guard let node, let driver = decoding.text(node), driver != "local", !driver.isEmpty else { return }
        decoding.diagnostics.warning(
            .notHonoured, at: node,
            "volume driver '\(driver)' is not honoured by this version; the volume is a local one",
            remedy: "write 'driver: local'")
    }

    // MARK: Configs and secrets

    /// The entries that have bytes, and the keys of the others: external ones, and those with a mistake.
    func fileObjects(_ node: Node?, kind: String) -> FileObjects {
        var result = FileObjects()
        for entry in node?.mapping?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            let mapping = entry.value.mapping
            if let node = mapping?["external"], node.mapping != nil || decoding.boolean(node) == true {
                result.external.insert(key)
                if mapping?["name"] != nil, node.mapping?["name"] != nil {
                    decoding.diagnostics.error(
                        .conflict, at: node, "\(kind) '\(key)' has both 'name' and 'external.name'",
                        remedy: "keep 'name' and write 'external: true'")
                }
            } else if let source = source(entry, key, kind) {
                result.usable[key] = FileObject(source: source, position: entry.key.position)
            } else {
                result.faulty.insert(key)
            }
        }
        return result
    }

    private func source(_ entry: Mapping.Entry, _ key: String, _ kind: String) -> FileObject.Source? {
        let possible = kind == "config" ? ["file", "content", "environment"] : ["file", "environment"]
        let given = entry.value.mapping?.entries.filter { $0.key.text.map(possible.contains) ?? false } ?? []
        let list = possible.map { "'\($0)'" }.joined(separator: ", ")
        guard let first = given.first else {
            // A misspelt key has been reported, and is most likely the one that is missing.
            if entry.value.mapping?.entries.contains(where: { !FileSchema.isKnown($0.key.text ?? "", in: kind) })
                ?? false
            {
                return nil
            }
            decoding.diagnostics.error(
                .missingKey, at: entry.key, "\(kind) '\(key)' does not say where its content comes from",
                remedy: "give one of \(list)")
            return nil
        }
        if given.count > 1 {
            decoding.diagnostics.error(
                .conflict, at: given[1].key, "\(kind) '\(key)' has more than one of \(list)", remedy: "keep one of them"
            )
            return nil
        }
        switch first.key.text {
        case "content": return first.value.text.map(FileObject.Source.inline)
        case "environment": return variable(first.value, key, kind)
        default: return file(first.value, key, kind)
        }
    }

    private func variable(_ node: Node, _ key: String, _ kind: String) -> FileObject.Source? {
        guard let name = decoding.nonEmpty(node, "'environment'", .unusable) else { return nil }
        if let value = decoding.variables[name] { return .inline(value) }
        guard checksContents else { return .inline("") }
        decoding.diagnostics.error(
            .requiredVariable, at: node, "\(kind) '\(key)' comes from variable '\(name)', which is not set",
            remedy: "set it in the environment or in '.env'")
        return nil
    }

    private func file(_ node: Node, _ key: String, _ kind: String) -> FileObject.Source? {
        guard let written = decoding.nonEmpty(node, "'file'", .unusable) else { return nil }
        let path = decoding.hostPath(written)
        if !checksContents || FileReader.exists(path) { return .file(path) }
        let reason = FileReader.isDirectory(path) ? "is a folder, not a file" : "does not exist"
        decoding.diagnostics.error(
            .unreadableFile, at: node, "file '\(written)' of \(kind) '\(key)' \(reason)",
            remedy: "create it, or correct the path")
        return nil
    }

    // MARK: Models

    func models(_ node: Node?) -> OrderedDictionary<String, Model> {
        var result: OrderedDictionary<String, Model> = [:]
        for entry in node?.mapping?.entries ?? [] {
            guard let key = entry.key.text, let mapping = entry.value.mapping,
                let reference = decoding.text(mapping["model"])
            else { continue }
            result[key] = Model(
                reference: reference, name: decoding.text(mapping["name"]) ?? reference,
                contextSize: mapping["context_size"].flatMap(ScalarText.integer),
                runtimeFlags: mapping["runtime_flags"].map(decoding.texts) ?? [], position: entry.key.position)
        }
        return result
    }

    // MARK: Test

    func test(_ entry: Mapping.Entry?) -> Test? {
        guard let entry, let mapping = entry.value.mapping else { return nil }
        var test = Test(command: nil, position: entry.key.position)
        if let command = mapping["command"] { test.command = testCommand(command) }
        if let place = mapping["on"] { test.place = testPlace(place) }
        test.dependsOn = decoding.dependencies(mapping["depends_on"])
        test.environment = decoding.variables(mapping["environment"])
        test.timeout = mapping["timeout"].flatMap { decoding.duration($0, "'timeout'") }
        test.shards = mapping["shards"].flatMap(ScalarText.integer).map { Int(clamping: $0) } ?? 1
        for axis in mapping["matrix"]?.mapping?.entries ?? [] {
            guard let name = axis.key.text else { continue }
            test.matrix[name] = axis.value.sequence?.compactMap(\.text) ?? []
        }
        let artifacts = mapping["artifacts"]
        test.artifacts =
            artifacts?.sequence == nil
            ? [decoding.located(artifacts)].compactMap(\.self)
            : decoding.locatedTexts(artifacts)
        if let directory = mapping["working_dir"], let text = decoding.nonEmpty(directory, "'working_dir'") {
            // On the host it is a folder there, elsewhere one in the container.
            test.workingDirectory =
                test.place == .host
                ? decoding.hostPath(text) : ServiceDecoder.containerPath(directory, "'working_dir'", decoding)
        }
        return test
    }

    private func testCommand(_ node: Node) -> [String]? {
        if let words = node.sequence?.compactMap(\.text) {
            if words.isEmpty { decoding.diagnostics.error(.invalidValue, at: node, "'command' must name a program") }
            return words
        }
        return decoding.nonEmpty(node, "'command'").map { ["/bin/sh", "-c", $0] }
    }

    private func testPlace(_ node: Node) -> Test.Place {
        if let image = node.mapping?["image"].flatMap({ decoding.imageName($0) }) { return .image(image) }
        guard let name = node.text, name != "host" else { return .host }
        return .service(name)
    }
}

/// What a top-level `configs:` or `secrets:` declares.
struct FileObjects {
    /// Those that have bytes.
    var usable: OrderedDictionary<String, FileObject> = [:]
    /// Those that exist elsewhere, and so have no bytes here.
    var external: Set<String> = []
    /// Those with a mistake that has been reported.
    var faulty: Set<String> = []
}
