import YAML

/// The files that give variables their values: `--env-file`, else the project directory's `.env`.
struct DotenvFiles {
    let request: LoadRequest
    let diagnostics: DiagnosticCollector

    private var first: String {
        Path.absolute(request.projectDirectory ?? ".", base: request.currentDirectory)
    }

    /// What can be known before the files are found, which may itself depend on it (`COMPOSE_FILE`).
    func addInitial(to variables: inout Variables) {
        let explicit = explicitFiles(variables)
        for file in explicit {
            add(Path.absolute(file, base: request.currentDirectory), shown: file, isRequired: true, to: &variables)
        }
        guard explicit.isEmpty, request.files.isEmpty, request.location == nil else { return }
        addDotenv(of: first, to: &variables)
    }

    /// The `.env` beside the main file; what is set already stays.
    func addProject(_ directory: String, to variables: inout Variables) {
        guard explicitFiles(variables).isEmpty else { return }
        let wasRead = request.files.isEmpty && request.location == nil && directory == first
        if !wasRead { addDotenv(of: directory, to: &variables) }
    }

    private func explicitFiles(_ variables: Variables) -> [String] {
        if !request.environmentFiles.isEmpty { return request.environmentFiles }
        return variables["COMPOSE_ENV_FILES"]?.split(separator: ",").map(String.init) ?? []
    }

    private func addDotenv(of directory: String, to variables: inout Variables) {
        if let text = variables["COMPOSE_DISABLE_ENV_FILE"], text == "1" || ScalarText.boolean(text) == true { return }
        let path = directory == "/" ? "/.env" : directory + "/.env"
        let shown = Path.shown(path, from: Path.normalized(request.currentDirectory))
        add(path, shown: shown, isRequired: false, to: &variables)
    }

    private func add(_ path: String, shown: String, isRequired: Bool, to variables: inout Variables) {
        do throws(FileFailure) {
            let bytes = try FileReader.read(path, limit: Limits.standard.bytes)
            diagnostics.register(file: shown)
            let known = variables
            variables.add(Dotenv.parse(bytes, file: shown, diagnostics: diagnostics) { known[$0] })
        } catch {
            if !isRequired, error == .missing || error == .directory { return }
            diagnostics.add(Diagnostic(.error, .unreadableFile, .path(shown), error.message, remedy: nil))
        }
    }
}
