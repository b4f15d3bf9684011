extension ResolvedModel {
    /// The bytes of which Compose takes SHA-256 to find out whether a container is still what its service says: the
    /// service's JSON without what can change under a running container. `nil` where there is no such service.
    ///
    /// Only a model in JSON has them.
    public func hashedBytes(of service: String) -> [UInt8]? {
        guard format == .json, case .map(let attributes)? = value["services"]?[service] else { return nil }
        let ignored: Set<String> = ["build", "pull_policy", "scale", "depends_on", "profiles"]
        let kept = attributes.filter { !ignored.contains($0.key) }.map { entry in
            guard entry.key == "deploy", case .map(let fields) = entry.value else { return entry }
            return ResolvedValue.Entry("deploy", .map(fields.filter { $0.key != "replicas" }))
        }
        return JSONPrinter.bytes(.map(kept), indented: false)
    }

    /// The same model, every service with the image that `body` gives for the one it names.
    public func replacingImages<Failure>(
        _ body: (String) throws(Failure) -> String
    ) throws(Failure) -> ResolvedModel {
        guard case .map(var sections) = value, let place = sections.firstIndex(where: { $0.key == "services" }),
            case .map(var services) = sections[place].value
        else { return self }
        for index in services.indices {
            guard case .map(var attributes) = services[index].value,
                let image = attributes.firstIndex(where: { $0.key == "image" }),
                let name = attributes[image].value.text
            else { continue }
            attributes[image].value = .string(try body(name))
            services[index].value = .map(attributes)
        }
        sections[place].value = .map(services)
        var result = self
        result.value = .map(sections)
        return result
    }
}
