/// What an environment file has beyond the Compose Specification, and its other spelling with `x-`, which other programs
/// that read Compose files pass over.
enum Additions {
    static let file = ["x-test": "test"]
    static let service = ["x-ready": "ready", "x-snapshot": "snapshot", "x-seed": "seed"]
    static let build = ["x-packages": "packages", "x-distribution": "distribution"]

    /// The other spellings in the mapping at a path, as in ``SupportTable``.
    static func names(at path: String) -> [String: String] {
        switch path {
        case "": file
        case "services.*": service
        case "services.*.build": build
        default: [:]
        }
    }
}
