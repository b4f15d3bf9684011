import EmbeddedEngine
import EnvironmentFile
import Glibc

/// Where an environment comes from: what ``EnvironmentOptions`` say.
struct EnvironmentSource: Sendable {
    var files: [String] = []
    var projectName: String?
    var projectDirectory: String?
    var environmentFiles: [String] = []
    var profiles: [String] = []
    /// How diagnostics are shown.
    var progress = ProgressStyle.auto

    /// Reads the environment; prints what is wrong with it.
    ///
    /// - Parameters:
    ///   - location: The ENV argument.
    ///   - isStrict: Whether every warning is an error.
    ///   - checksContents: Whether the files and variables behind configs and secrets must be there.
    /// - Throws: ``ExitStatusCode`` 65 after the diagnostics have been printed.
    func load(_ location: String?, isStrict: Bool = false, checksContents: Bool = true) throws -> Environment {
        var request = request(location)
        request.isStrict = isStrict
        request.checksContents = checksContents
        return try load(request)
    }

    /// Reads the environment that is asked for; prints what is wrong with it.
    ///
    /// - Throws: ``ExitStatusCode`` 65 after the diagnostics have been printed.
    func load(_ request: LoadRequest) throws -> Environment {
        let result = EnvironmentLoader.load(request)
        try DiagnosticOutput.print(result.diagnostics, result.sources, progress)
        guard let environment = result.environment else { throw ExitStatusCode.invalidInput }
        return environment
    }

    /// What is asked of the loader.
    ///
    /// - Parameter location: The ENV argument.
    func request(_ location: String?) -> LoadRequest {
        var request = LoadRequest(
            location: location, variables: Places.variables, currentDirectory: Self.currentDirectory())
        request.files = files
        request.projectName = projectName
        request.projectDirectory = projectDirectory
        request.environmentFiles = environmentFiles
        request.profiles = profiles
        return request
    }

    static func currentDirectory() -> String {
        guard let directory = getcwd(nil, 0) else { return "/" }
        defer { free(directory) }
        return String(cString: directory)
    }
}
