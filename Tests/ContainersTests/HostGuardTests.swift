import Addresses
import Netlink
import Testing

@testable import Containers

@Suite("Who reaches the host's loopback interface")
struct HostGuardTests {
    private func rules(_ access: HostAccess) -> [RoutingRule] {
        HostGuard.rules(for: access).compactMap { request in
            if case .addRule(let rule) = request { rule } else { nil }
        }
    }

    @Test("nobody does who has not been given it")
    func nobody() {
        let rules = rules(HostAccess())
        #expect(rules.map(\.action) == [.refuse])
        #expect(rules.map(\.destination) == [EgressLink.host])
    }

    @Test("containers and the test on the host are let through by their addresses, before all others are refused")
    func given() throws {
        let container = IPv4Address(10, 0, 0, 2)
        let rules = rules(HostAccess(addresses: [container], includesHostProcesses: true))
        #expect(rules.map(\.source) == [container, EgressLink.address, nil])
        let refusal = try #require(rules.last)
        #expect(refusal.action == .refuse)
        #expect(rules.dropLast().allSatisfy { $0.priority < refusal.priority && $0.destination == EgressLink.host })
    }
}
