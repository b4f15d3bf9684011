import Testing

@testable import Orchestration

@Suite("Capabilities")
struct CapabilityTests {
    private static let standard = [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
        "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
        "CAP_SYS_CHROOT",
    ]

    struct Case: Sendable {
        var add: [String] = []
        var drop: [String] = []
        var isPrivileged = false
        var result: [String]
    }

    @Test(
        "are Docker's, changed by what is added and dropped",
        arguments: [
            Case(result: standard),
            Case(add: ["NET_ADMIN"], result: (standard + ["CAP_NET_ADMIN"]).sorted()),
            Case(add: ["cap_net_admin", "NET_ADMIN"], result: (standard + ["CAP_NET_ADMIN"]).sorted()),
            Case(drop: ["ALL"], result: []),
            Case(add: ["CHOWN", "BPF"], drop: ["all"], result: ["CAP_BPF", "CAP_CHOWN"]),
            Case(add: ["ALL"], result: Capabilities.all.sorted()),
            Case(add: ["ALL"], drop: ["SYS_ADMIN"], result: Capabilities.all.filter { $0 != "CAP_SYS_ADMIN" }.sorted()),
            Case(drop: ["CHOWN"], result: standard.filter { $0 != "CAP_CHOWN" }),
            Case(add: ["CHOWN"], drop: ["CHOWN"], result: standard),
            Case(drop: ["ALL"], isPrivileged: true, result: Capabilities.all.sorted()),
        ])
    func bounding(item: Case) throws {
        #expect(
            try Capabilities.bounding(add: item.add, drop: item.drop, isPrivileged: item.isPrivileged) == item.result)
    }

    @Test("are 41, each once")
    func all() { #expect(Set(Capabilities.all).count == 41) }

    @Test("that the kernel has not are an error", arguments: ["", "CAP_", "ROOT", "SYS-ADMIN", "CAP_ALL"])
    func unknown(name: String) {
        #expect(throws: Capabilities.Unknown.self) {
            try Capabilities.bounding(add: [name], drop: [], isPrivileged: false)
        }
        #expect(throws: Capabilities.Unknown.self) {
            try Capabilities.bounding(add: [], drop: [name], isPrivileged: false)
        }
    }
}
