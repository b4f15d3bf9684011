import ControlGroups
import LinuxKernel
import Netlink

/// What a sandbox needs whatever its configuration will be: made by the launcher while the orchestrator still reads the
/// environment file.
struct Preparation {
    let hierarchies: Hierarchies
    let networks: NetworkNamespaces
    /// What containers may use by default, ready to be put in force: the kernel takes a millisecond to check it. `nil`:
    /// the host can't.
    let devices: LoadedDevicePolicy?
    /// The ids that there are for containers.
    let identities: IdentityMap
    /// A process that stays in the host's network; `nil` where this one may come back to it whenever it likes.
    let hostNetwork: HostNetworkProcess?
    /// What containers may ask of the kernel by default.
    let systemCalls: ResolvedSeccompPolicy

    init() throws {
        identities = try IdentityMap.ofCallingProcess()
        // A slave sees what the host mounts later, and keeps nothing busy that the host unmounts; nothing goes back.
        try mount("none", at: "/", [.recursive, .slave])
        hostNetwork = try identities.isInitial ? nil : HostNetworkProcess.start(identities)
        networks = try NetworkNamespaces()
        // Most environments have a way out.
        var session = try Session()
        try session.run(EgressLink.creation)
        hierarchies = try Hierarchies.current(isDelegated: !identities.isInitial)
        devices = identities.isInitial ? Self.devicePolicy() : nil
        systemCalls = SeccompPolicy.containerDefault.resolved(for: .containerDefault)
    }

    /// `nil` where the kernel has no such programs, or does not let the caller use them.
    private static func devicePolicy() -> LoadedDevicePolicy? {
        do {
            return try LoadedDevicePolicy(DeviceRule.standard)
        } catch {
            // Version 1 may have the controller; where neither is there, each container is told.
            return nil
        }
    }
}
