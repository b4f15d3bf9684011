/// A file to read.
struct InputFile: Hashable {
    /// As the user wrote it, or would.
    var shown: String
    /// Absolute; `nil` for standard input.
    var path: String?
}

/// Finds the files of a request.
struct FileLocator {
    /// In the order in which they are looked for.
    static let names = [
        "environment.yaml", "environment.yml", "compose.yaml", "compose.yml", "docker-compose.yaml",
        "docker-compose.yml",
    ]

    let request: LoadRequest
    let variables: Variables
    let diagnostics: DiagnosticCollector

    /// The files, the first the main one; empty when that was reported as an error.
    func locate() -> [InputFile] {
        if !request.files.isEmpty {
            if let location = request.location {
                diagnostics.add(
                    Diagnostic(
                        .error, .conflict, .path(location), "an environment can't be named together with '-f'",
                        remedy: "name it by '-f' only"))
                return []
            }
            return request.files.map(named)
        }
        if let location = request.location { return located(location) }
        if let list = variables["COMPOSE_FILE"], !list.isEmpty { return listed(list) }
        return searched()
    }

    private func named(_ file: String) -> InputFile {
        guard file != "-" else { return InputFile(shown: "-", path: nil) }
        return InputFile(shown: file, path: Path.absolute(file, base: request.currentDirectory))
    }

    private func listed(_ list: String) -> [InputFile] {
        let separator = variables["COMPOSE_PATH_SEPARATOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
        var names: [String] = []
        var current = ""
        var rest = Substring(list)
        while let character = rest.first {
            if rest.hasPrefix(separator) {
                names.append(current)
                current = ""
                rest = rest.dropFirst(separator.count)
            } else {
                current.append(character)
                rest.removeFirst()
            }
        }
        names.append(current)
        return names.filter { !$0.isEmpty }.map(named)
    }

    private func located(_ location: String) -> [InputFile] {
        let path = Path.absolute(location, base: request.currentDirectory)
        guard FileReader.isDirectory(path) else { return [named(location)] }
        let prefix = location.hasSuffix("/") ? String(location.dropLast()) : location
        let found = files(in: path) { prefix == "." ? $0 : prefix + "/" + $0 }
        if found.isEmpty {
            diagnostics.add(
                Diagnostic(
                    .error, .noFile, .path(location), "this folder holds no environment file",
                    remedy: "create 'environment.yaml' in it, or name a file with '-f'"))
        }
        return found
    }

    /// From the project directory, or the current one, upward.
    private func searched() -> [InputFile] {
        let start = Path.absolute(request.projectDirectory ?? ".", base: request.currentDirectory)
        var directory = start
        while true {
            let found = files(in: directory) { name in
                let path = directory == "/" ? "/" + name : directory + "/" + name
                return Path.shown(path, from: request.currentDirectory)
            }
            if !found.isEmpty { return found }
            if directory == "/" { break }
            directory = Path.directory(of: directory)
        }
        diagnostics.add(
            Diagnostic(
                .error, .noFile, .path(start), "no environment file here or in any folder above",
                remedy: "create 'environment.yaml', or name a file with '-f'"))
        return []
    }

    /// The main file of a folder, and the override file that Compose reads with it.
    private func files(in directory: String, shown: (String) -> String) -> [InputFile] {
        let base = directory == "/" ? "" : directory
        guard let name = Self.names.first(where: { FileReader.exists("\(base)/\($0)") }) else { return [] }
        let stem = name.prefix { $0 != "." }
        let overrides = ["yml", "yaml"].map { "\(stem).override.\($0)" }
        let override = overrides.first { FileReader.exists("\(base)/\($0)") }
        return ([name] + (override.map { [$0] } ?? [])).map { InputFile(shown: shown($0), path: "\(base)/\($0)") }
    }
}
