/// Which environment is wanted, and what the caller's surroundings say.
public struct LoadRequest: Sendable {
    /// The ENV argument: a file, or a folder that holds one.
    ///
    /// `nil`: looked for from the current directory upward.
    public var location: String?
    /// `-f`, in order; `-` is standard input.
    ///
    /// Not together with ``location``.
    public var files: [String] = []
    /// `-p`.
    public var projectName: String?
    /// `--project-directory`: where relative paths start, instead of the folder of the first file.
    public var projectDirectory: String?
    /// `--env-file`, in order, instead of the project directory's `.env`.
    public var environmentFiles: [String] = []
    /// `--profile`.
    public var profiles: [String] = []
    /// Services that are enabled whatever their profiles: somebody has named them.
    public var enabledServices: Set<String> = []
    /// The caller's environment variables.
    public var variables: [String: String]
    /// An absolute path.
    public var currentDirectory: String
    /// Whether the files and variables behind configs and secrets must be there; no for who only looks at the text.
    public var checksContents = true
    /// Whether every warning is an error (`--strict`).
    public var isStrict = false
    /// The descriptor that `-` stands for.
    public var standardInput: Int32 = 0

    /// Asks for the environment at `location`.
    public init(location: String? = nil, variables: [String: String] = [:], currentDirectory: String) {
        self.location = location
        self.variables = variables
        self.currentDirectory = currentDirectory
    }
}

/// The environment, or why there is none.
public struct LoadResult: Sendable {
    /// `nil` exactly if there is an error among the diagnostics.
    public var environment: Environment?
    /// All that was found, by position, each once.
    public var diagnostics: [Diagnostic]
    /// The texts that were read, for showing the diagnostics.
    public var sources: SourceTexts

    /// Whether there is an error among the diagnostics.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
