import EnvironmentFile
import OrderedCollections
import Testing

@Suite("Project: name, volumes, profiles, several files")
struct ProjectTests {
    private func load(_ files: [String: String], _ change: (inout LoadRequest) -> Void = { _ in }) throws -> Loaded {
        let folder = try Folder(files)
        var request = LoadRequest(currentDirectory: folder.path)
        change(&request)
        return Loaded(result: EnvironmentLoader.load(request))
    }

    @Test("the name comes from -p, COMPOSE_PROJECT_NAME, the file, the folder; in this order")
    func name() throws {
        let files = [
            "My.Folder/environment.yaml": "name: \"${N:-file}\"\nservices: {s: {image: $COMPOSE_PROJECT_NAME}}\n"
        ]
        func name(_ change: (inout LoadRequest) -> Void) throws -> String? {
            let loaded = try load(files) {
                $0.location = "My.Folder"
                change(&$0)
            }
            #expect(loaded.service?.image?.value == loaded.environment?.name)
            return loaded.environment?.name
        }
        #expect(try name { _ in } == "file")
        #expect(try name { $0.variables = ["N": "other"] } == "other")
        #expect(try name { $0.variables = ["COMPOSE_PROJECT_NAME": "variable"] } == "variable")
        #expect(try name { $0.projectName = "option" } == "option")
        let plain = try load(["My.Folder/environment.yaml": "services: {s: {image: i}}\n"]) {
            $0.location = "My.Folder"
        }
        #expect(plain.environment?.name == "myfolder")
    }

    @Test("a bad name is an error from the command line and a warning in the file")
    func badName() throws {
        let files = ["environment.yaml": "name: My Shop\nservices: {s: {image: i}}\n"]
        let loaded = try load(files)
        #expect(loaded.environment?.name == "myshop")
        #expect(loaded.messages == ["1:7: warning: 'My Shop' can't be a project's name; 'myshop' is used"])
        #expect(
            try load(files) { $0.projectName = "A b" }.messages == ["error: 'A b' from '-p' can't be a project's name"])
        #expect(try load(["environment.yaml": "name: 5\n"]).messages == ["1:7: error: 'name' must be a string, not 5"])
        #expect(try load(["environment.yaml": "name: '!'\n"]).messages == ["1:7: error: '!' can't be a project's name"])
    }

    @Test("volumes have names in the store, labels, and may exist elsewhere")
    func volumes() throws {
        let loaded = try load([
            "environment.yaml":
                "name: p\nvolumes:\n  a:\n  b: {name: own, labels: {k: v}, driver: local}\n  c: {external: true}\n  d: {external: {name: x}}\n"
        ])
        #expect(loaded.messages == [])
        let volumes = try #require(loaded.environment?.volumes)
        #expect(volumes.values.map(\.name) == ["p_a", "own", "c", "x"])
        #expect(volumes.values.map(\.isExternal) == [false, false, true, true])
        #expect(volumes["b"]?.labels == ["k": "v"])
    }

    @Test(
        "mistakes in volumes are named",
        arguments: [
            ("{a: text}", "1:14: error: 'a' must be a mapping, not 'text'"),
            ("[a]", "1:10: error: 'volumes' must be a mapping, not a list"),
            ("{a: {external: perhaps}}", "1:25: error: 'external' must be true or false or a mapping, not 'perhaps'"),
            ("{a: {external: true, driver: local}}", "1:31: error: volume 'a' is external, so 'driver' can't be given"),
            ("{a: {name: x, external: {name: y}}}", "1:11: error: volume 'a' has both 'name' and 'external.name'"),
            (
                "{a: {driver: nfs}}",
                "1:23: warning: volume driver 'nfs' is not honoured by this version; the volume is a local one"
            ),
        ])
    func badVolumes(_ text: String, _ expected: String) throws {
        #expect(try load(["environment.yaml": "volumes: \(text)\n"]).messages == [expected])
    }

    @Test("profiles pick services; who needs one that is off is told which profile to enable")
    func profiles() throws {
        let files = ["environment.yaml": "services: {a: {image: i}, b: {image: i, profiles: [dev, ci]}}\n"]
        func names(_ change: (inout LoadRequest) -> Void) throws -> [String]? {
            try load(files, change).environment.map { Array($0.services.keys) }
        }
        #expect(try names { _ in } == ["a"])
        #expect(try names { $0.profiles = ["ci"] } == ["a", "b"])
        #expect(try names { $0.enabledServices = ["b"] } == ["a", "b"])
        #expect(try names { $0.profiles = ["*"] } == ["a", "b"])
        #expect(try names { $0.variables = ["COMPOSE_PROFILES": "x,dev"] } == ["a", "b"])
        let needed = try load([
            "environment.yaml": "services: {a: {image: i, depends_on: [b]}, b: {image: i, profiles: [dev]}}\n"
        ])
        #expect(needed.messages == ["1:39: error: service 'a' depends on 'b', whose profile is not enabled"])
        #expect(needed.result.diagnostics.first?.remedy == "enable profile 'dev', or write 'required: false'")
    }

    @Test("several files are merged by Compose's rules")
    func merge() throws {
        let base = """
            services:
              s:
                image: i
                command: [a]
                environment: {A: 1, B: 1}
                volumes: ["one:/v", /w]
                depends_on: [t]
                cap_add: [CHOWN]
                labels: [x=1]
              t: {image: t}
            volumes: {one: , two: }
            """
        let override = """
            services:
              s:
                command: [b, c]
                environment: [B=2, C=3]
                volumes: ["two:/v"]
                depends_on: {t: {condition: service_healthy}}
                cap_add: [CHOWN, KILL]
                labels: {y: 2}
                user: u
            """
        let loaded = try load(["a.yaml": base, "b.yaml": override]) { $0.files = ["a.yaml", "b.yaml"] }
        #expect(loaded.messages == [])
        let service = try #require(loaded.service)
        #expect(service.command == ["b", "c"])
        #expect(service.environment == ["A": "1", "B": "2", "C": "3"])
        #expect(service.mounts.map(\.source) == [.volume("two"), .anonymous])
        #expect(service.dependsOn.map(\.condition) == [.healthy])
        #expect(service.capAdd == ["CHOWN", "KILL"])
        #expect(service.labels == ["x": "1", "y": "2"])
        #expect(service.user == "u")
    }

    @Test("!reset removes and !override replaces, and mistakes point into the file that has them")
    func tags() throws {
        let loaded = try load([
            "a.yaml": "services: {s: {image: i, user: u, cap_add: [KILL], ports: ['80:80']}}\n",
            "b.yaml":
                "services:\n  s:\n    user: !reset null\n    cap_add: !override [CHOWN]\n    ports: !reset []\n    hostname: ' '\n",
        ]) { $0.files = ["a.yaml", "b.yaml"] }
        #expect(loaded.result.diagnostics.map { $0.position?.description } == ["b.yaml:6:15"])
        let fine = try load([
            "a.yaml": "services: {s: {image: i, user: u, cap_add: [KILL], ports: ['80:80']}}\n",
            "b.yaml": "services:\n  s:\n    user: !reset null\n    cap_add: !override [CHOWN]\n    ports: !reset []\n",
        ]) { $0.files = ["a.yaml", "b.yaml"] }
        #expect(fine.messages == [])
        #expect(fine.service?.user == nil)
        #expect(fine.service?.capAdd == ["CHOWN"])
        #expect(fine.service?.ports == [])
    }
}
