import YAML

/// `extends`: puts each service on top of the one that it extends (Compose Specification, "extends").
struct ExtendsPhase {
    let loader: DocumentLoader
    let scope: LoadScope

    /// The services of one file, in long forms.
    final class ServiceFile {
        let file: InputFile
        /// Where the file's own relative paths start.
        let directory: String
        let services: Mapping
        /// Those that extend nothing any more.
        var finished: [String: Node] = [:]

        init(file: InputFile, directory: String, services: Mapping) {
            self.file = file
            self.directory = directory
            self.services = services
        }
    }

    /// One step of a chain.
    private struct Step: Equatable {
        var file: String
        var service: String
    }

    /// The document, its services complete.
    func apply(to document: Node, of file: InputFile) -> Node {
        guard let mapping = document.mapping, let services = mapping["services"]?.mapping,
            services.entries.contains(where: { $0.value.mapping?["extends"] != nil })
        else { return document }
        let own = ServiceFile(file: file, directory: scope.directory, services: services)
        var files: [String: ServiceFile] = [:]
        let entries = services.entries.map { entry in
            guard let name = entry.key.text else { return entry }
            let service = finished(name, entry, of: own, [], &files) ?? entry.value
            return Mapping.Entry(key: entry.key, value: service)
        }
        return document.replacing("services", by: Node(.mapping(Mapping(entries)), at: services.entries[0].value))
    }

    /// A service on top of all that it extends; `nil` where that can't be made out.
    private func finished(
        _ name: String, _ entry: Mapping.Entry, of own: ServiceFile, _ chain: [Step],
        _ files: inout [String: ServiceFile]
    ) -> Node? {
        let step = Step(file: own.file.shown, service: name)
        if let known = own.finished[name], !chain.contains(step) { return known }
        guard let mapping = entry.value.mapping, let extends = mapping["extends"],
            let target = extends.mapping?["service"], let targetName = target.text, !target.isNull
        else { return entry.value }
        if chain.contains(step) { return cycle(chain + [step], at: extends) }
        if chain.count >= DocumentLoader.depthLimit {
            loader.diagnostics.error(
                .cycle, at: extends, "more than \(DocumentLoader.depthLimit) services extend each other in a row",
                remedy: "extend the last of them directly")
            return nil
        }
        // Should this fail, it is told once: whoever else extends this service takes it as it is written.
        own.finished[name] = entry.value
        guard let other = serviceFile(extends, from: own, &files) else { return nil }
        guard let base = other.services.entry(targetName) else { return missing(target, name, in: other) }
        let chain = chain + [step]
        guard let base = finished(targetName, base, of: other, chain, &files) else { return nil }
        if base.isNull { return entry.value }
        let rebased = rebased(base, from: other, to: own)
        let result = Merger.merge(
            rebased.removing("extends"), entry.value.removing("extends"), path: ["services", name])
        own.finished[name] = result
        return result
    }

    /// The file that `extends` names, or the service's own.
    private func serviceFile(
        _ extends: Node, from own: ServiceFile, _ files: inout [String: ServiceFile]
    ) -> ServiceFile? {
        guard let node = extends.mapping?["file"], let path = node.text, !node.isNull else { return own }
        if Path.isRemote(path) {
            loader.diagnostics.error(
                .unreadableFile, at: node, "'\(path)' is not on this host, and remote files are not fetched",
                remedy: "download it, and name the local file")
            return nil
        }
        let file = loader.file(Path.expandingHome(path, home: scope.variables.home), in: own.directory)
        guard let absolute = file.path else { return nil }
        if let known = files[absolute] { return known }
        let documents = loader.documents(of: file, namedAt: node)
        guard !documents.isEmpty else { return nil }
        let long = documents.map { loader.normalizer.longForms(loader.interpolated($0, in: scope)) }
        guard let services = loader.merged(long)?.mapping?["services"]?.mapping else {
            loader.diagnostics.error(
                .undefinedReference, at: node, "'\(file.shown)' has no services", remedy: "name another file")
            return nil
        }
        let result = ServiceFile(file: file, directory: Path.directory(of: absolute), services: services)
        files[absolute] = result
        return result
    }

    /// The service of another file as if it stood in this one: checked, and its paths adjusted.
    private func rebased(_ service: Node, from other: ServiceFile, to own: ServiceFile) -> Node {
        guard other !== own else { return service }
        ShapeCheck(diagnostics: loader.diagnostics).check(service: service)
        return PathRebaser(from: other.directory, to: own.directory).service(service)
    }

    // MARK: Mistakes

    private func missing(_ target: Node, _ name: String, in file: ServiceFile) -> Node? {
        let known = file.services.entries.compactMap(\.key.text)
        let place = target.file == file.file.shown ? "" : " in '\(file.file.shown)'"
        loader.diagnostics.error(
            .undefinedReference, at: target,
            "service '\(name)' extends '\(target.text ?? "")', which is not defined\(place)",
            remedy: Suggestion.remedy(for: target.text ?? "", among: known) ?? "name a service of that file")
        return nil
    }

    private func cycle(_ steps: [Step], at node: Node) -> Node? {
        let start = steps.firstIndex { $0 == steps.last } ?? 0
        let isOneFile = Set(steps.map(\.file)).count == 1
        let names = steps[start...].map { isOneFile ? "'\($0.service)'" : "'\($0.service)' of \($0.file)" }
        loader.diagnostics.error(
            .cycle, at: node, "services extend each other in a circle: \(names.joined(separator: ", "))",
            remedy: "remove one of these 'extends'")
        return nil
    }
}

extension Node {
    /// The mapping with another value for a key that it has.
    func replacing(_ key: String, by value: Node) -> Node {
        guard let mapping else { return self }
        let entries = mapping.entries.map { entry in
            entry.key.text == key ? Mapping.Entry(key: entry.key, value: value) : entry
        }
        return Node(.mapping(Mapping(entries)), tag: tag, at: self)
    }

    /// The mapping without a key.
    func removing(_ key: String) -> Node {
        guard let mapping, mapping[key] != nil else { return self }
        return Node(.mapping(Mapping(mapping.entries.filter { $0.key.text != key })), tag: tag, at: self)
    }
}
