import Glibc
import ProbeRunner
import Testing

@testable import LinuxKernel

@Suite("Seccomp policies of one's own")
struct PolicyTests {
    private func compile(_ rules: [SeccompRule], optional: Set<String> = []) throws -> SeccompProgram {
        try SeccompPolicy(defaultAction: .errno(1), rules: rules, optionalNames: optional)
            .program(for: [], cachedIn: nil).program
    }

    @Test("an unknown name is an error, unless the policy expects it")
    func unknownName() throws {
        #expect(throws: SeccompError.unknownSystemCall("no_such_call")) {
            try compile([SeccompRule(["read", "no_such_call"])])
        }
        #expect(try compile([SeccompRule(["read", "no_such_call"])], optional: ["no_such_call"]).count > 0)
    }

    @Test("an argument that calls do not have is an error", arguments: [-1, 6])
    func argument(number: Int) {
        #expect(throws: SeccompError.invalidArgument("read", argument: number)) {
            try compile([SeccompRule(["read"], conditions: [SeccompCondition(argument: number, .equal, 0)])])
        }
    }

    @Test("rules hold where their requirements are met and no exclusion hits")
    func requirements() throws {
        let admin = try Capability(name: "SYS_ADMIN")
        let policy = SeccompPolicy(
            defaultAction: .errno(1),
            rules: [
                SeccompRule(["a"]),
                SeccompRule(["b"], requirement: SeccompRequirement(capabilities: [admin])),
                SeccompRule(["c"], requirement: SeccompRequirement(architectures: ["amd64", "arm64"])),
                SeccompRule(["d"], requirement: SeccompRequirement(kernel: KernelVersion(4, 8))),
                SeccompRule(["e"], exclusion: SeccompExclusion(capabilities: [admin])),
                SeccompRule(["f"], exclusion: SeccompExclusion(architectures: ["s390x"])),
                SeccompRule(["g"], action: .errno(1)),
            ])
        func names(_ set: CapabilitySet, _ architecture: String, _ kernel: KernelVersion) -> [String] {
            policy.resolved(set, architecture: architecture, kernel: kernel).flatMap(\.names)
        }
        #expect(names([], "amd64", KernelVersion(6, 1)) == ["a", "c", "d", "e", "f"])
        #expect(names([admin], "arm64", KernelVersion(4, 7)) == ["a", "b", "c", "f"])
        #expect(names([], "s390x", KernelVersion(4, 8)) == ["a", "d", "e"])
    }

    @Test(
        "a release is read by its first two numbers",
        arguments: [
            ("6.1.0-18-amd64", KernelVersion(6, 1)), ("5.15", KernelVersion(5, 15)),
            ("6.18.44-x", KernelVersion(6, 18)),
            ("4.8-rc1", KernelVersion(4, 8)), ("six", nil), ("6", nil), ("", nil),
        ])
    func kernelVersion(release: String, expected: KernelVersion?) {
        #expect(KernelVersion(release: release) == expected)
    }

    @Test("lengths that are no program's", arguments: [0, 4, 12, 8 * 4097])
    func lengths(count: Int) {
        #expect(SeccompProgram(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }

    @Test("an installed filter does what the policy says, and lets a container start")
    func installed() throws {
        let result = try runProbe("seccomp", "CHOWN,SETUID")
        guard result.exitCode != probeSkipCode else {
            if case .failure(let reason) = skip(because: "seccomp: \(result.output)") { Issue.record("\(reason)") }
            return
        }
        #expect(
            result.lines == [
                "getpid passes", "unshare EPERM", "clone3 ENOSYS", "keyctl EPERM", "personality passes",
                "personality 1 EPERM", "socket vsock EPERM", "socket unix passes", "unknown number ENOSYS",
                "fork passes", "execve passes",
            ], "\(result.output)\(result.diagnostics)")
    }
}
