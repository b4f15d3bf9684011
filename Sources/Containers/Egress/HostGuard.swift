import Netlink

/// Keeps the host's loopback interface from those who have not been given it.
///
/// pasta(1) leads connections to ``EgressLink/host`` there, whoever makes them. These rules are in the network
/// namespace before pasta's, where packets still have their senders' addresses and no container can change anything.
enum HostGuard {
    /// The kernel's table of routes that everybody has (`RT_TABLE_MAIN`).
    private static let mainTable: UInt8 = 254

    /// One rule for each sender that may, then one that tells all others that there is no way.
    static func rules(for access: HostAccess) -> [Netlink.Request] {
        // A process on the host's file system sends from the sandbox's own end of the link.
        let senders = access.addresses + (access.includesHostProcesses ? [EgressLink.address] : [])
        var rules = senders.map { sender in
            RoutingRule(
                source: sender, destination: EgressLink.host, priority: 100, action: .lookUp(table: mainTable))
        }
        rules.append(
            RoutingRule(
                incoming: EgressProcess.inner, destination: EgressLink.host, priority: 200, action: .refuse))
        return rules.map { .addRule($0) }
    }
}
