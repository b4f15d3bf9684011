import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("The printed plan")
struct PlanTextTests {
    private static func environment() -> Environment {
        var environment = Environment.sample(
            .sample("db", at: line(3, 3)) {
                $0.mounts = [Mount(source: .volume("data"), target: "/var/lib/db", position: line(6, 9))]
                $0.ports = [Port(target: 5432, position: line(8, 9))]
                $0.user = "postgres"
                $0.ready = Ready(conditions: [.tcp(5432)], timeout: .seconds(30), position: line(9, 5))
                $0.stopSignal = "SIGINT"
            },
            .sample("migrate", at: line(12, 3)) {
                $0.command = ["sh", "-c", "echo 'a\nb'", ""]
                $0.depend(on: "db", .healthy, at: line(14, 7))
                $0.secrets = [FileGrant(source: "key", target: "/run/secrets/key", mode: 0o400, position: line(16, 9))]
            },
            .sample("web", at: line(20, 3)) {
                $0.depend(on: "migrate", .completedSuccessfully, at: line(22, 7))
                $0.depend(on: "db", isRequired: false, at: line(23, 7))
                $0.healthcheck = Healthcheck(probe: .shell("curl -f localhost"), position: line(25, 5))
                $0.mounts = [
                    Mount(
                        source: .bind(path: "/project/src", createHostPath: false), target: "/src", isReadOnly: true,
                        position: line(28, 9)),
                    Mount(source: .tmpfs(size: 4096, mode: 0o700), target: "/tmp", position: line(29, 9)),
                ]
            },
            test: Test(command: ["swift", "test"], timeout: .seconds(90), position: line(40)))
        environment.volumes["data"] = Volume(name: "demo_data", position: line(50))
        environment.secrets["key"] = FileObject(source: .file("/project/key"), position: line(52))
        return environment
    }

    @Test("says each operation and its cause")
    func golden() throws {
        let environment = Self.environment()
        let plan = try Planner(environment).plan(.samples(for: environment))
        #expect(
            plan.description == #"""
                plan 'demo'
                1. open network 10.213.0.0/16, gateway 10.213.0.1  (every environment has its own)
                2. make ephemeral volume demo_data  (mounted by db)
                3. publish 127.0.0.1:any free port to db 10.213.0.2:5432/tcp  (environment.yaml:8:9)
                4. start db at 10.213.0.2 from sample  (environment.yaml:3:3)
                     run: serve
                     as: postgres in /
                     mount: /var/lib/db from volume demo_data, filled from the image
                     ready: tcp 5432 takes connections within 30s
                     stop: SIGINT, 10s later SIGKILL
                5. start migrate at 10.213.0.3 from sample  (once db is healthy (environment.yaml:14:7))
                     run: sh -c "echo 'a\nb'" ""
                     as: root in /
                     file: /run/secrets/key, mode 400
                     stop: SIGKILL
                6. start web at 10.213.0.4 from sample  (once migrate has completed (environment.yaml:22:7), db is started if it can (environment.yaml:23:7))
                     run: serve
                     as: root in /
                     mount: /src from /project/src, read-only
                     mount: /tmp from memory of 4096 bytes, mode 700
                     ready: /bin/sh -c "curl -f localhost" succeeds, at most 3 failures in a row
                     stop: SIGKILL
                7. test on the host  (once db, web are ready)
                     run: swift test
                     in: /project
                     timeout: 1m30s
                """#)
    }

    @Test(
        "says durations in the unit that suits",
        arguments: [
            (Duration.zero, "0s"), (.nanoseconds(1500), "1.5µs"), (.microseconds(340), "340µs"),
            (.milliseconds(5), "5ms"),
            (.microseconds(5250), "5.25ms"), (.seconds(1.5), "1.5s"), (.seconds(60), "1m"), (.seconds(90), "1m30s"),
            (.seconds(3600), "60m"),
        ])
    func durations(duration: Duration, text: String) { #expect(duration.text == text) }
}
