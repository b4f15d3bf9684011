/// What the values of one file, or of one `include`, are read against.
struct LoadScope {
    /// Where variables come from.
    var variables: Variables
    /// Absolute; where relative paths of this scope start.
    var directory: String
    /// The files that led here by `include`, the outermost first, as absolute paths.
    var chain: [String] = []
}
