import EnvironmentFile
import OrderedCollections
import Testing

@Suite("volumes and tmpfs of a service")
struct VolumesTests {
    private func load(_ entry: String) throws -> Loaded {
        try EnvironmentFileTests.load(
            "services:\n  s:\n    image: i\n    volumes:\n    - \(entry)\nvolumes: {data: }\n",
            variables: ["HOME": "/home/me"])
    }

    @Test(
        "reads every form",
        arguments: [
            ("data:/d", .volume("data"), "/d", false),
            ("data:/d/:ro", .volume("data"), "/d", true),
            ("/d", .anonymous, "/d", false),
            ("/h:/d:rw", .bind(path: "/h", createHostPath: true), "/d", false),
            ("~/x:/d", .bind(path: "/home/me/x", createHostPath: true), "/d", false),
            ("/a/../b//c/.:/d", .bind(path: "/b/c", createHostPath: true), "/d", false),
            ("{type: volume, source: data, target: /d, read_only: true}", .volume("data"), "/d", true),
            ("{type: volume, target: /d}", .anonymous, "/d", false),
            (
                "{type: bind, source: /h, target: /d, bind: {create_host_path: false}}",
                .bind(path: "/h", createHostPath: false), "/d", false
            ),
            ("{type: tmpfs, target: /d}", .tmpfs(size: nil, mode: nil), "/d", false),
            (
                "{type: tmpfs, target: /d, tmpfs: {size: 10m, mode: 0o700}}", .tmpfs(size: 10 << 20, mode: 0o700), "/d",
                false
            ),
        ] as [(String, Mount.Source, String, Bool)])
    func forms(_ text: String, _ source: Mount.Source, _ target: String, _ isReadOnly: Bool) throws {
        let loaded = try load(text)
        #expect(loaded.messages == [])
        let mount = try #require(loaded.service?.mounts.first)
        #expect(mount.source == source)
        #expect(mount.target == target)
        #expect(mount.isReadOnly == isReadOnly)
        #expect(mount.position.line == 5)
    }

    @Test("a relative source starts at the project directory")
    func relative() throws {
        let loaded = try load("./x/../y:/d")
        let directory = try #require(loaded.environment?.directory)
        #expect(loaded.service?.mounts.first?.source == .bind(path: directory + "/y", createHostPath: true))
    }

    @Test("volume options are kept")
    func options() throws {
        #expect(try load("data:/d:ro,nocopy").service?.mounts.first?.noCopy == true)
        let long = try load("{type: volume, source: data, target: /d, volume: {nocopy: true, subpath: a/b}}")
        #expect(long.service?.mounts.first?.noCopy == true)
        #expect(long.service?.mounts.first?.subpath == "a/b")
    }

    @Test("tmpfs is a mount, as a string or a list with options")
    func tmpfs() throws {
        #expect(try loadService("tmpfs: /run").service?.mounts.map(\.target) == ["/run"])
        let mounts = try loadService("tmpfs: ['/run:size=1m,mode=1770,ro', /tmp]").service?.mounts
        #expect(mounts?.map(\.source) == [.tmpfs(size: 1 << 20, mode: 0o1770), .tmpfs(size: nil, mode: nil)])
        #expect(mounts?.map(\.isReadOnly) == [true, false])
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("dta:/d", "5:7: error: service 's' mounts volume 'dta', which is not defined"),
            (
                "{type: volume, source: dta, target: /d}",
                "5:7: error: service 's' mounts volume 'dta', which is not defined"
            ),
            ("data:d", "5:7: error: the target 'd' of a mount must be an absolute path"),
            ("'data:/d:rx'", "5:7: error: 'rx' is no mount option"),
            ("'a:/b:ro:x'", "5:7: error: 'a:/b:ro:x' is not a mount"),
            ("':/b'", "5:7: error: ':/b' is not a mount"),
            ("''", "5:7: error: an entry of 'volumes' can't be empty"),
            ("{source: data, target: /d}", "5:7: error: each entry of 'volumes' has no 'type'"),
            (
                "{type: volum, target: /d}",
                "5:14: error: 'type' must be one of 'bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image', not 'volum'"
            ),
            ("{type: bind, target: /d}", "5:7: error: a bind mount must say its 'source'"),
            ("{type: volume, source: data}", "5:7: error: a mount must say its 'target'"),
            (
                "{type: image, source: x, target: /d}",
                "5:14: error: mounts of type 'image' are not possible in this version"
            ),
            ("data:/d:z", "5:7: warning: mount option 'z' is not honoured by this version"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try load(text).messages == [expected])
    }

    @Test("two mounts can't have one target, whatever they are")
    func sameTarget() throws {
        let loaded = try loadService("volumes: [/a, /a/]\ntmpfs: /a")
        #expect(
            loaded.messages == [
                "4:19: error: '/a' is already a mount's target on line 4",
                "5:12: error: '/a' is already a mount's target on line 4",
            ])
    }
}
