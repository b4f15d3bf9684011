import ControlGroups
import LinuxKernel

/// What a sandbox needs whatever its configuration will be: made by the launcher while the orchestrator still reads the
/// environment file.
struct Preparation {
    let hierarchies: Hierarchies
    let networks: NetworkNamespaces

    init() throws {
        // A slave sees what the host mounts later, and keeps nothing busy that the host unmounts; nothing goes back.
        try mount("none", at: "/", [.recursive, .slave])
        networks = try NetworkNamespaces()
        hierarchies = try Hierarchies.current()
    }
}
