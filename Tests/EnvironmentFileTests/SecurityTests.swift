import EnvironmentFile
import OrderedCollections
import Testing

@Suite("capabilities, privileges and limits")
struct SecurityTests {
    @Test("are read")
    func forms() throws {
        let loaded = try loadService(
            """
            cap_add: [NET_ADMIN, cap_sys_time]
            cap_drop: [ALL]
            privileged: true
            read_only: "true"
            security_opt: [no-new-privileges:true, seccomp:unconfined]
            ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: 65535, core: -1}
            mem_limit: 512m
            pids_limit: 100
            shm_size: 1gb
            """)
        #expect(loaded.messages == [])
        let service = try #require(loaded.service)
        #expect(service.capAdd == ["NET_ADMIN", "cap_sys_time"])
        #expect(service.capDrop == ["ALL"])
        #expect(service.isPrivileged)
        #expect(service.isReadOnly)
        #expect(service.securityOptions == ["no-new-privileges:true", "seccomp:unconfined"])
        #expect(
            service.ulimits == [
                "nofile": Ulimit(soft: 1024, hard: 2048), "nproc": Ulimit(soft: 65535, hard: 65535),
                "core": Ulimit(soft: -1, hard: -1),
            ])
        #expect(service.memoryLimit == 512 << 20)
        #expect(service.pidsLimit == 100)
        #expect(service.shmSize == 1 << 30)
    }

    @Test("memory and processes can be limited under 'deploy', too")
    func deploy() throws {
        let loaded = try loadService("deploy: {resources: {limits: {memory: 50M, pids: 7}}}")
        #expect(loaded.messages == [])
        #expect(loaded.service?.memoryLimit == 50 << 20)
        #expect(loaded.service?.pidsLimit == 7)
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("cap_add: [NET_ADMN]", "4:15: error: 'NET_ADMN' is not a capability"),
            ("cap_drop: NET_RAW", "4:15: error: 'cap_drop' must be a list, not 'NET_RAW'"),
            ("security_opt: [no-new-privilege]", "4:20: error: 'no-new-privilege' is not a security option"),
            (
                "security_opt: ['apparmor:x']",
                "4:20: warning: security option 'apparmor:x' is not honoured: containers have no profile of a security module"
            ),
            ("ulimits: {nofiles: 1}", "4:15: error: 'nofiles' is not a limit"),
            ("ulimits: {nofile: {soft: 1}}", "4:23: error: 'nofile' has no 'hard'"),
            ("ulimits: {nofile: {soft: 3, hard: 2}}", "4:23: error: the soft limit 3 is above the hard limit 2"),
            ("ulimits: {nofile: -2}", "4:23: error: a limit must be at least -1, not -2"),
            ("mem_limit: lots", "4:16: error: 'mem_limit' 'lots' is not a size"),
            ("mem_limit: 1x", "4:16: error: 'mem_limit' '1x' is not a size"),
            ("privileged: perhaps", "4:17: error: 'privileged' must be true or false, not 'perhaps'"),
            (
                "pids_limit: 1\ndeploy: {resources: {limits: {pids: 2}}}",
                "5:41: error: 'deploy.resources.limits' and the service's own limit differ: 1 and 2"
            ),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try loadService(text).messages == [expected])
    }

    @Test(
        "sizes are powers of 1024",
        arguments: [
            ("0", 0), ("10", 10), ("1b", 1), ("2k", 2048), ("1.5KB", 1536), ("1 MiB", 1 << 20), ("3g", 3 << 30),
        ])
    func sizes(_ text: String, _ bytes: Int64) throws {
        #expect(try loadService("mem_limit: \(text)").service?.memoryLimit == bytes)
    }
}
