import ProbeRunner
import Testing

@testable import LinuxKernel

/// Reads `/proc/self/status` of a process that has assumed an identity.
@Suite("Identity of a process")
struct ProcessIdentityTests {
    private func status(_ arguments: (String, String, String, String)) throws -> [String]? {
        let result = try runProbe("identity", arguments.0, arguments.1, arguments.2, arguments.3)
        guard result.exitCode != probeSkipCode else {
            if case .failure(let reason) = skip(because: "identity: \(result.output)") { Issue.record("\(reason)") }
            return nil
        }
        try #require(result.exitCode == 0, "\(result.output)\(result.diagnostics)")
        return result.lines
    }

    @Test("root has its whole list, and can never have more")
    func root() throws {
        guard let status = try status(("0", "0", "0,10", "CHOWN,NET_RAW")) else { return }
        #expect(
            status == [
                "Uid: 0 0 0 0", "Gid: 0 0 0 0", "Groups: 0 10", "CapInh: 0000000000000000", "CapPrm: 0000000000002001",
                "CapEff: 0000000000002001", "CapBnd: 0000000000002001", "CapAmb: 0000000000000000", "NoNewPrivs: 0",
            ])
    }

    @Test("another user has nothing, but set-user-id programs can have the list")
    func otherUser() throws {
        guard let status = try status(("70", "71", "", "CHOWN,NET_RAW")) else { return }
        #expect(
            status == [
                "Uid: 70 70 70 70", "Gid: 71 71 71 71", "Groups:", "CapInh: 0000000000000000",
                "CapPrm: 0000000000000000", "CapEff: 0000000000000000", "CapBnd: 0000000000002001",
                "CapAmb: 0000000000000000", "NoNewPrivs: 0",
            ])
    }

    @Test("root without capabilities has none")
    func rootWithNone() throws {
        guard let status = try status(("0", "0", "", "")) else { return }
        #expect(status.filter { $0.hasPrefix("Cap") }.allSatisfy { $0.hasSuffix(" 0000000000000000") })
    }
}
