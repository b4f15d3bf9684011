import EnvironmentFile
import OrderedCollections
import Testing

@Suite("deploy, and what else programs beside the engine are asked for")
struct DeploymentTests {
    private func service(_ attributes: String, beside files: [String: String] = [:]) throws -> Service {
        let loaded = try loadService(attributes, beside: files)
        #expect(!loaded.result.hasErrors, "\(loaded.messages)")
        return try #require(loaded.service)
    }

    @Test("spreads and updates")
    func orchestration() throws {
        let deployment = try #require(
            try service(
                """
                deploy:
                  mode: global
                  endpoint_mode: dnsrr
                  labels: [a=b]
                  placement: {constraints: [node.role == manager], preferences: [{spread: zone}], max_replicas_per_node: 2}
                  update_config: {parallelism: 2, delay: 5s, failure_action: rollback, monitor: 1m, max_failure_ratio: 0.5, order: start-first}
                  rollback_config: {failure_action: continue}
                """
            ).deployment)
        #expect(deployment.mode == .global && deployment.endpointMode == .dnsrr && deployment.labels == ["a": "b"])
        #expect(deployment.placement.constraints.map(\.value) == ["node.role == manager"])
        #expect(deployment.placement.constraints.first?.position.line == 8)
        #expect(deployment.placement.spread == ["zone"] && deployment.placement.maximumPerNode == 2)
        let update = try #require(deployment.update)
        #expect(update.parallelism == 2 && update.delay == .seconds(5) && update.failureAction == .rollback)
        #expect(update.monitor == .seconds(60) && update.maximumFailureRatio == 0.5 && update.order == .startFirst)
        #expect(deployment.rollback?.failureAction == .continue)
        #expect(deployment.rollback?.order == .stopFirst)
    }

    @Test("reserves devices and what the operator has defined")
    func reservations() throws {
        let reservations = try #require(
            try service(
                """
                deploy:
                  resources:
                    reservations:
                      cpus: "0.5"
                      devices: [{capabilities: [gpu], count: 2, driver: nvidia, options: {a: b}}, {capabilities: [tpu], device_ids: [x]}]
                      generic_resources: [{discrete_resource_spec: {kind: ssd, value: 3}}]
                """
            ).deployment?.reservations)
        #expect(reservations.processors == 0.5)
        #expect(reservations.devices.map(\.choice) == [.count(2), .identifiers(["x"])])
        #expect(reservations.devices.map(\.capabilities) == [["gpu"], ["tpu"]])
        #expect(reservations.devices.first?.driver == "nvidia" && reservations.devices.first?.options == ["a": "b"])
        #expect(reservations.genericResources == ["ssd": 3])
    }

    @Test("graphics processors, models, providers")
    func integration() throws {
        #expect(try service("gpus: all").integration.gpus.map(\.choice) == [.all])
        #expect(try service("gpus: [{count: 1}]").integration.gpus.map(\.choice) == [.count(1)])
        let loaded = try load(
            """
            services:
              s: {image: i, models: {small: {endpoint_var: URL}}}
              t: {image: i, models: [small]}
            models: {small: {model: ai/small, context_size: 1000, runtime_flags: [-x]}}
            """)
        #expect(loaded.service?.integration.models["small"]?.endpointVariable == "URL")
        #expect(loaded.environment?.services["t"]?.integration.models["small"]?.position.column == 26)
        let model = try #require(loaded.environment?.models["small"])
        #expect(model.reference == "ai/small" && model.name == "ai/small" && model.contextSize == 1000)
        #expect(model.runtimeFlags == ["-x"])
        let provider = try #require(
            try service("provider: {type: p, options: {a: [x, 1], b: true}}").integration.provider)
        #expect(provider.type.value == "p" && provider.options == ["a": ["x", "1"], "b": ["true"]])
        #expect(try !service("attach: false").integration.isAttached)
        #expect(try service("attach: true").integration.isAttached)
        #expect(try service("pull_refresh_after: 5h").integration.pullRefreshAfter == "5h")
    }

    @Test("develop.watch")
    func watch() throws {
        let rules = try service(
            """
            develop:
              watch:
                - {path: ./src, action: sync+exec, target: /app, ignore: [a, b], include: c, initial_sync: true, exec: {command: make}}
                - {path: /etc/x, action: rebuild}
            """
        ).integration.watch
        #expect(rules.map(\.action) == [.syncAndExecute, .rebuild])
        #expect(rules.map(\.action.copies) == [true, false])
        let first = try #require(rules.first)
        #expect(first.path.hasPrefix("/") && first.path.hasSuffix("/src") && first.target == "/app")
        #expect(first.ignored == ["a", "b"] && first.included == ["c"] && first.copiesAtStart)
        #expect(first.hook?.command == ["make"] && first.position.line == 6)
    }

    @Test("snapshot and seed, and the x- spelling of both")
    func fixture() throws {
        for prefix in ["", "x-"] {
            let fixture = try service(
                "\(prefix)snapshot: true\n\(prefix)seed: [{command: [psql, -f, a]}, {command: b 'c d'}]"
            ).fixture
            #expect(fixture.isFrozen)
            #expect(fixture.seeds.map(\.command) == [["psql", "-f", "a"], ["b", "c d"]])
        }
        #expect(try !service("snapshot: false").fixture.isFrozen)
    }

    @Test("labels are those of label_file and labels, which win")
    func labelFiles() throws {
        let service = try service(
            "label_file: [a, b]\nlabels: {own: x, both: l}", beside: ["a": "both=a\nfile=1\n", "b": "file=2\n"])
        #expect(service.labels == ["both": "l", "file": "2", "own": "x"])
    }
}
