import OrderedCollections
import YAML

extension ServiceDecoder {
    /// `build`: packages, or a Dockerfile.
    static let buildAttributes: [String: ServiceAttribute] = [
        "build": { node, service, decoding in
            guard let mapping = node.mapping else { return }
            if mapping["packages"] != nil {
                service.build = packageBuild(mapping, node, decoding)
            } else {
                service.dockerfileBuild = dockerfileBuild(mapping, node, decoding)
            }
        }
    ]

    // MARK: Packages

    private static func packageBuild(_ mapping: Mapping, _ node: Node, _ decoding: Decoding) -> Build? {
        guard let packages = mapping["packages"], let list = packages.sequence else { return nil }
        if list.isEmpty {
            decoding.diagnostics.error(
                .invalidValue, at: packages, "'packages' is empty", remedy: "name at least one package")
        }
        for item in list {
            guard let name = item.text, !isPackageName(name) else { continue }
            decoding.diagnostics.error(
                .invalidValue, at: item, "'\(name)' can't be a package's name",
                remedy: "write it as apt does: letters, digits, '+', '-', '.', ':', '=', '~' and '/'")
        }
        let distribution = mapping["distribution"].flatMap { decoding.nonEmpty($0, "'distribution'") }
        return Build(packages: list.compactMap(\.text), distribution: distribution, position: node.position)
    }

    /// A name with optional architecture, version or release; nothing that a package manager takes for an option.
    private static func isPackageName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: [UInt8]("+-.:=~/_".utf8).contains(byte)
            }
        }
    }

    // MARK: Dockerfile

    private static func dockerfileBuild(
        _ mapping: Mapping, _ node: Node, _ decoding: Decoding
    ) -> DockerfileBuild {
        let written = decoding.text(mapping["context"]) ?? "."
        var build = DockerfileBuild(context: context(written, decoding), position: node.position)
        if let text = decoding.text(mapping["dockerfile_inline"]) {
            build.dockerfile = .inline(text)
        } else if let path = decoding.text(mapping["dockerfile"]), !path.isEmpty {
            build.dockerfile = .path(path)
        }
        build.arguments = decoding.variables(mapping["args"])
        build.target = decoding.located(mapping["target"])
        for entry in mapping["additional_contexts"]?.mapping?.entries ?? [] {
            guard let name = entry.key.text, let text = decoding.text(entry.value) else { continue }
            build.additionalContexts[name] = Located(context(text, decoding), at: entry.value.position)
        }
        build.secrets = (mapping["secrets"]?.sequence ?? []).compactMap { buildSecret($0, decoding) }
        build.keys = (mapping["ssh"]?.mapping?.entries ?? []).compactMap { keys($0, decoding) }
        build.cache.sources = decoding.locatedTexts(mapping["cache_from"])
        build.cache.destinations = decoding.locatedTexts(mapping["cache_to"])
        build.cache.isDisabled = decoding.boolean(mapping["no_cache"]) ?? false
        build.cache.excludedStages = mapping["no_cache_filter"].map(decoding.texts) ?? []
        build.pullsBaseImages = decoding.boolean(mapping["pull"]) ?? false
        build.tags = decoding.locatedTexts(mapping["tags"])
        build.labels = mapping["labels"].map(decoding.labels) ?? [:]
        build.platforms = decoding.locatedTexts(mapping["platforms"])
        build.sandbox = buildSandbox(mapping, decoding)
        build.provenance = decoding.text(mapping["provenance"])
        build.sbom = decoding.text(mapping["sbom"])
        return build
    }

    private static func buildSandbox(_ mapping: Mapping, _ decoding: Decoding) -> DockerfileBuild.Sandbox {
        var sandbox = DockerfileBuild.Sandbox()
        sandbox.network = decoding.located(mapping["network"])
        if let hosts = mapping["extra_hosts"] { sandbox.extraHosts = extraHosts(hosts, decoding) }
        if let size = mapping["shm_size"] { sandbox.shmSize = decoding.size(size, "'shm_size'") }
        if let limits = mapping["ulimits"] { sandbox.ulimits = ulimits(limits, decoding) }
        sandbox.isPrivileged = decoding.boolean(mapping["privileged"]) ?? false
        sandbox.entitlements = mapping["entitlements"].map(decoding.texts) ?? []
        sandbox.isolation = decoding.text(mapping["isolation"])
        return sandbox
    }

    private static func context(_ text: String, _ decoding: Decoding) -> DockerfileBuild.Context {
        if text.hasPrefix("service:") { return .service(String(text.dropFirst("service:".count))) }
        return BuildResolution.isRemote(text) ? .remote(text) : .folder(decoding.hostPath(text))
    }

    private static func buildSecret(_ node: Node, _ decoding: Decoding) -> DockerfileBuild.Secret? {
        guard let mapping = node.mapping else {
            return decoding.text(node).map {
                DockerfileBuild.Secret(source: $0, identifier: $0, position: node.position)
            }
        }
        guard let source = decoding.text(mapping["source"]) else { return nil }
        return DockerfileBuild.Secret(
            source: source, identifier: decoding.text(mapping["target"]) ?? source,
            uid: decoding.text(mapping["uid"]), gid: decoding.text(mapping["gid"]),
            mode: mapping["mode"].flatMap { FileMode.decode($0, decoding) }, position: node.position)
    }

    private static func keys(_ entry: Mapping.Entry, _ decoding: Decoding) -> DockerfileBuild.Keys? {
        guard let identifier = entry.key.text else { return nil }
        let path = decoding.text(entry.value).flatMap { $0.isEmpty ? nil : decoding.hostPath($0) }
        return DockerfileBuild.Keys(identifier: identifier, path: path, position: entry.key.position)
    }
}
