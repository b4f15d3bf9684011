import Glibc
import Testing

/// CVE-2021-30465, CVE-2023-27561, CVE-2023-28642: a link in the place of a mount's target, put there by the image or,
/// while the mount is made, by another container that shares a volume.
@Suite("Links at the targets of mounts", .needsRoot())
struct MountRaceTests {
    @Test("while another container swaps a directory for a link, no mount lands outside of the root")
    func swapping() throws {
        let fixture = try Fixture(
            """
            services:
              swapper:
                image: busybox
                volumes: ['shared:/shared']
                command:
                  - sh
                  - -c
                  - |
                    mkdir -p /shared/place; touch /shared/ready
                    while :; do mv /shared/place /shared/away; ln -s /../../../../../../tmp /shared/place; rm /shared/place; mv /shared/away /shared/place; done 2>/dev/null
                ready: {file: /shared/ready, timeout: 60s}
              victim:
                image: busybox
                restart: always
                volumes: ['shared:/shared', 'loot:/shared/place/loot']
                command: [sh, -c, 'exit 1']
                depends_on: {swapper: {condition: service_healthy}}
            volumes: {shared: , loot: }
            """)
        let canary = fixture.name
        let check = try LeakCheck(fixture)
        _ = try fixture.run(["sh", "-c", "sleep 1; ls -d /tmp/loot /loot 2>/dev/null && echo \(canary)-out; true"])
        #expect(access("/tmp/loot", F_OK) != 0)
        #expect(access("/loot", F_OK) != 0)
        #expect(try check.leftovers() == [])
    }

    @Test(
        "a link of the image is resolved in the container, and /proc is no place for a mount",
        arguments: [
            ("ln -s / /shared/link", "data:/shared/link/etc/harness-attack", 0),
            ("ln -s /../../../../etc /shared/link", "data:/shared/link/harness-attack", 0),
            ("ln -s /proc /shared/link", "data:/shared/link/self/attr", 125),
            ("ln -s /proc/sys /shared/link", "data:/shared/link", 125),
        ])
    func links(prepare: String, mount: String, code: Int32) throws {
        let fixture = try Fixture(
            """
            services:
              first: {image: busybox, volumes: ['shared:/shared'], command: [sh, -c, '\(prepare)']}
              second:
                image: busybox
                volumes: ['shared:/shared', '\(mount)']
                command: [sleep, '1000']
                depends_on: {first: {condition: service_completed_successfully}}
            volumes: {shared: , data: }
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == code, "\(outcome.error)")
        #expect(access("/etc/harness-attack", F_OK) != 0)
    }

    @Test("a part of a volume that is a link leads nowhere outside of the volume")
    func subpath() throws {
        let fixture = try Fixture(
            """
            services:
              first: {image: busybox, volumes: ['shared:/shared'], command: [sh, -c, 'ln -s / /shared/part; ln -s ../../../../../etc /shared/up']}
              second:
                image: busybox
                volumes: [{type: volume, source: shared, target: /part, volume: {subpath: part}}]
                command: [sleep, '1000']
                depends_on: {first: {condition: service_completed_successfully}}
            volumes: {shared: }
            test: {on: second, command: [sh, -c, 'ls /part']}
            """)
        let outcome = try fixture.run()
        #expect(!outcome.output.split(separator: "\n").contains("usr"), "\(outcome.output)")
    }

    @Test("an image with a link for /proc, /sys or /dev is refused", arguments: ["proc", "sys", "dev"])
    func kernelFileSystems(name: String) throws {
        let scratch = try Scratch(for: .root)
        _ = try RootFileSystem(in: scratch)
        try scratch.makeDirectory("rootfs/elsewhere")
        rmdir("\(scratch.path)/rootfs/\(name)")
        symlink("elsewhere", "\(scratch.path)/rootfs/\(name)")
        let home = try Store.withBusybox()
        let image = "attack-\(name)"
        let archive = try RootFileSystem.pack("\(scratch.path)/rootfs", to: "\(scratch.path)/\(name).tar")
        #expect(try Harness.run(["image", "import", archive, "-t", image], home: home).code == 0)
        let fixture = try Fixture("services: {box: {image: \(image), command: [sleep, '1000']}}")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 125, "\(outcome.error)")
        #expect(outcome.error.contains("/\(name)"))
    }
}
