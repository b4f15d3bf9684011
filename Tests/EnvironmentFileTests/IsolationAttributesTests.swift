import EnvironmentFile
import Testing

@Suite("What a service shares with the machine")
struct IsolationAttributesTests {
    @Test(
        "namespaces are the service's own, the environment's or another service's",
        arguments: [
            ("ipc: none", NamespaceMode.own, IPCMode.none), ("ipc: private", .own, .private),
            ("ipc: shareable", .own, .shareable), ("uts: host", .own, .shareable),
        ])
    func namespaces(text: String, pid: NamespaceMode, ipc: IPCMode) throws {
        let loaded = try loadService(text)
        #expect(loaded.messages == [])
        let isolation = try #require(loaded.service?.isolation)
        #expect(isolation.processes == pid)
        #expect(isolation.ipc == ipc)
        #expect(isolation.usesHostName == (text == "uts: host"))
    }

    @Test("what is shared with a service starts after it", arguments: ["pid", "ipc"])
    func implied(name: String) throws {
        let loaded = try load("services:\n  t: {image: i}\n  s: {image: i, \(name): 'service:t'}\n")
        #expect(loaded.messages == [])
        #expect(loaded.service?.dependsOn.map(\.service) == ["t"])
        #expect(loaded.service?.dependsOn.first?.condition == .started)
    }

    @Test("a condition that is written counts, whatever the order of the attributes")
    func writtenCondition() throws {
        let loaded = try load(
            "services:\n  t: {image: i, healthcheck: {test: a}}\n"
                + "  s: {image: i, volumes_from: [t], depends_on: {t: {condition: service_healthy}}}\n")
        #expect(loaded.service?.dependsOn.map(\.condition) == [.healthy])
    }

    @Test(
        "the machine's own namespaces stay out of reach, which is said",
        arguments: ["pid: host", "ipc: host", "cgroup: host"])
    func hosts(text: String) throws {
        let loaded = try loadService(text)
        #expect(loaded.messages.count == 1)
        #expect(loaded.messages.first?.contains("warning: '\(text)'") == true, "\(loaded.messages)")
        #expect(loaded.environment != nil)
    }

    @Test(
        "mistakes are told at their place",
        arguments: [
            ("pid: other", "4:10: error: 'pid' can't be 'other'"),
            ("pid: 'container:x'", "4:10: error: 'pid' can't be that of a container outside of the environment"),
            ("pid: 'service:x'", "4:10: error: 'pid' of service 's' names service 'x', which is not defined"),
            ("uts: guest", "4:10: error: 'uts' can't be 'guest'"),
            ("oom_score_adj: 1001", "4:20: error: 'oom_score_adj' must be -1000 to 1000, not 1001"),
            ("devices: ['kvm']", "4:15: error: a device's paths must be absolute, not 'kvm'"),
            ("devices: ['/dev/a:/dev/b:rwx']", "4:15: error: '/dev/a:/dev/b:rwx' is not a device"),
            ("device_cgroup_rules: ['c 1 rwm']", "4:27: error: 'c 1 rwm' is not a rule for devices"),
            ("volumes_from: ['s:b']", "4:20: error: 's:b' is no service"),
        ])
    func mistakes(text: String, message: String) throws {
        let messages = try loadService(text).messages
        #expect(messages.contains(message), "\(messages)")
    }

    @Test(
        "a device has a source, a target and permissions",
        arguments: [
            ("'/dev/a'", "/dev/a", "/dev/a", "rwm"), ("'/dev/a:/dev/b'", "/dev/a", "/dev/b", "rwm"),
            ("'/dev/a:/dev/b:r'", "/dev/a", "/dev/b", "r"), ("'/dev/a:rw'", "/dev/a", "/dev/a", "rw"),
            ("{source: /dev/a, target: /dev/b, permissions: w}", "/dev/a", "/dev/b", "w"),
        ])
    func devices(text: String, source: String, target: String, permissions: String) throws {
        let device = try #require(try loadService("devices: [\(text)]").service?.isolation.devices.first)
        #expect(device.source == source)
        #expect(device.target == target)
        #expect(device.permissions == permissions)
    }

    @Test("options of a file system in memory are kept")
    func tmpfs() throws {
        let loaded = try loadService("tmpfs: '/t:size=1m,mode=700,uid=5,gid=6,exec,nr_inodes=10,noatime'")
        #expect(loaded.messages == [])
        let mount = try #require(loaded.service?.mounts.first)
        #expect(mount.source == .tmpfs(size: 1 << 20, mode: 0o700))
        #expect(mount.tmpfs.user == 5)
        #expect(mount.tmpfs.group == 6)
        #expect(mount.tmpfs.inodes == 10)
        #expect(mount.tmpfs.isExecutable)
        #expect(!mount.tmpfs.allowsSetUserID)
    }
}
