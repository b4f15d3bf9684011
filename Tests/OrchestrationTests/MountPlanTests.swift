import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("Planned mounts")
struct MountPlanTests {
    private func plan(
        _ environment: Environment, lifetime: Planner.Lifetime = .run, volumes: [String] = []
    ) throws -> Plan {
        var images = Planner.Images.samples(for: environment)
        for name in images.services.keys { images.services[name]?.volumes = volumes }
        return try Planner(environment, options: Planner.Options(lifetime: lifetime)).plan(images)
    }

    private static func mount(_ source: Mount.Source, _ target: String, _ change: (inout Mount) -> Void = { _ in })
        -> Mount
    {
        var mount = Mount(source: source, target: target, position: line(5))
        change(&mount)
        return mount
    }

    private static func sharing(external: Bool = false) -> Environment {
        var environment = Environment.sample(
            .sample("db") { $0.mounts = [mount(.volume("data"), "/data")] },
            .sample("backup") { $0.mounts = [mount(.volume("data"), "/from") { $0.isReadOnly = true }] })
        environment.volumes["data"] = Volume(name: "demo_data", isExternal: external, position: line(30))
        environment.volumes["unused"] = Volume(name: "demo_unused", position: line(31))
        return environment
    }

    @Test(
        "share a named volume, which lives as long as it should",
        arguments: [
            (Planner.Lifetime.run, false, VolumePlan.Lifetime.ephemeral), (.up, false, .persistent),
            (.run, true, .external),
            (.up, true, .external),
        ])
    func lifetime(lifetime: Planner.Lifetime, external: Bool, result: VolumePlan.Lifetime) throws {
        let plan = try plan(Self.sharing(external: external), lifetime: lifetime)
        #expect(plan.volumes == [VolumePlan(name: "demo_data", lifetime: result)])
        for container in plan.containers {
            #expect(
                container.mounts.map(\.source) == [.volume("demo_data", subpath: nil, fillsFromImage: true)])
            #expect(container.stop.isGraceful == (lifetime == .up || external))
        }
    }

    @Test("come parents first, and in clean paths")
    func order() throws {
        let environment = Environment.sample(
            .sample("db") {
                $0.mounts = [
                    Self.mount(.anonymous, "/var/lib/db/log/"), Self.mount(.tmpfs(size: nil, mode: nil), "//var/./lib"),
                    Self.mount(.bind(path: "/x", createHostPath: true), "/var/lib-old"),
                    Self.mount(.anonymous, "/var/lib/db") { $0.noCopy = true },
                ]
            })
        let mounts = try #require(try plan(environment).containers.first).mounts
        #expect(mounts.map(\.target) == ["/var/lib", "/var/lib/db", "/var/lib/db/log", "/var/lib-old"])
        #expect(mounts[0].source == .tmpfs(size: nil, mode: 0o1777))
        #expect(mounts[1].source == .volume("db:/var/lib/db", subpath: nil, fillsFromImage: false))
    }

    @Test("hold the image's volumes unless something is mounted right there")
    func imageVolumes() throws {
        let environment = Environment.sample(
            .sample("db") { $0.mounts = [Self.mount(.tmpfs(size: 1024, mode: 0o700), "/data")] })
        let plan = try plan(environment, lifetime: .up, volumes: ["/data/", "/logs"])
        #expect(plan.volumes == [VolumePlan(name: "db:/logs", lifetime: .ephemeral)])
        #expect(plan.containers[0].mounts.map(\.target) == ["/data", "/logs"])
    }

    @Test("that can't be are told of, all at once")
    func errors() throws {
        let environment = Environment.sample(
            .sample("db") {
                $0.mounts = [
                    Self.mount(.volume("nowhere"), "/a"), Self.mount(.anonymous, "/b"), Self.mount(.anonymous, "/b/"),
                    Self.mount(.anonymous, "relative"), Self.mount(.anonymous, "/x/.."),
                ]
                $0.configs = [FileGrant(source: "none", target: "/etc/none", position: line(7))]
                $0.secrets = [FileGrant(source: "nil", target: "/run/secrets/nil", position: line(8))]
            })
        let errors = #expect(throws: PlanErrors.self) { try plan(environment) }
        #expect(
            errors?.errors.map(\.kind) == [
                .undefinedVolume(service: "db", volume: "nowhere"), .duplicateTarget(service: "db", target: "/b"),
                .invalidTarget(service: "db", target: "relative"), .invalidTarget(service: "db", target: "/x/.."),
                .undefinedConfig(service: "db", config: "none"), .undefinedSecret(service: "db", secret: "nil"),
            ])
    }

    @Test("tell of one volume that is meant twice, differently")
    func conflict() throws {
        var environment = Self.sharing()
        environment.volumes["other"] = Volume(name: "demo_data", isExternal: true, position: line(33))
        environment.services["db"]?.mounts.append(Self.mount(.volume("other"), "/other"))
        let errors = #expect(throws: PlanErrors.self) { try plan(environment) }
        #expect(errors?.errors.map(\.kind) == [.volumeConflict(name: "demo_data")])
    }

    @Test("of configs and secrets are files")
    func files() throws {
        var environment = Environment.sample(
            .sample("db") {
                $0.configs = [FileGrant(source: "conf", target: "/etc/db.conf", position: line(7))]
                $0.secrets = [
                    FileGrant(source: "key", target: "/run/secrets/key", uid: "db", mode: 0o400, position: line(8))
                ]
            })
        environment.configs["conf"] = FileObject(source: .inline("x = 1"), position: line(40))
        environment.secrets["key"] = FileObject(source: .file("/project/key"), position: line(41))
        #expect(
            try plan(environment).containers[0].files == [
                FilePlan(source: .inline("x = 1"), target: "/etc/db.conf", position: line(7)),
                FilePlan(
                    source: .file("/project/key"), target: "/run/secrets/key", uid: "db", mode: 0o400, position: line(8)
                ),
            ])
    }
}
