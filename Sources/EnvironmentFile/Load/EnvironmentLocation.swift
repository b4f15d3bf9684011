/// Where an environment is, found without reading its file: also where the file has become wrong meanwhile.
public struct EnvironmentLocation: Hashable, Sendable {
    /// The absolute path of the project directory; `nil` where there is no file.
    public var directory: String?
    /// The name that `-p` or COMPOSE_PROJECT_NAME gives; `nil`: the file says it.
    public var projectName: String?
}

extension EnvironmentLoader {
    /// Finds the project directory as ``load(_:)`` does.
    public static func locate(_ request: LoadRequest) -> EnvironmentLocation {
        var pipeline = LoadPipeline(request)
        return pipeline.locate()
    }
}
