/// What `harness config` leaves undone on request, and what it is asked for.
public struct ResolveOptions: Hashable, Sendable {
    /// Variables are put in.
    public var interpolates = true
    /// What the specification implies is filled in: names, the default network, dependencies.
    public var normalizes = true
    /// Relative paths are made absolute.
    public var resolvesPaths = true
    /// References between the parts of the model are checked.
    public var checksConsistency = true
    /// `env_file` and `label_file` are read, and replaced by what is in them.
    public var readsEnvironmentFiles = true

    /// Does everything.
    public init() {}
}
