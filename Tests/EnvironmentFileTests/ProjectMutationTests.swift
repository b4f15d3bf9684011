import EnvironmentFile
import Foundation
import Testing

/// Whole projects with changes in any of their files: merged, extended, included, with variables from all sides.
///
/// HARNESS_TEST_MUTATIONS is the number of projects in each of sixteen series; the numbers behind them are the same on
/// every run.
@Suite("Mutated projects")
struct ProjectMutationTests {
    private static let count = ProcessInfo.processInfo.environment["HARNESS_TEST_MUTATIONS"].flatMap { Int($0) } ?? 40

    private static let files = [
        "environment.yaml": """
        name: ${N:-x}
        include:
          - inc.yaml
          - {path: [sub/inc.yaml, sub/more.yaml], env_file: vars, project_directory: sub}
        x-base: &base {image: "i:${T:?t}", cap_add: [A], labels: [a=b]}
        services:
          a:
            <<: *base
            extends: {file: base.yaml, service: base}
            environment: {A: "${A:-${B:-c}}", D: }
            env_file: [vars, {path: gone, required: false, format: raw}]
            ports: ["127.0.0.1:8000-8001:80-81/udp", {target: 1, published: "2-3"}]
            volumes: ["v:/d:ro", "./x:/y", {type: tmpfs, target: /t, tmpfs: {size: 1m}}]
            networks: {n: {aliases: [q], ipv4_address: 10.1.0.9}}
            deploy: {replicas: 2, resources: {limits: {cpus: "0.5", memory: 1g}}}
            healthcheck: {test: [CMD, a], interval: 1.5s, retries: 3}
            develop: {watch: [{path: ., action: sync, target: /s}]}
          b: {extends: a, command: sh -c 'x', depends_on: [c], build: {context: ., args: [X=1]}}
          c: {image: j, profiles: [p], label_file: vars, gpus: all, extra_hosts: ["h:1.2.3.4"]}
        networks: {n: {ipam: {config: [{subnet: 10.1.0.0/16}]}}}
        volumes: {v: {labels: [a=b]}}
        test: {command: [a], on: b, matrix: {M: [1, 2]}, timeout: 1h}
        """,
        "over.yaml": """
        services:
          a:
            image: !reset null
            build: {context: https://example.com/x.git, ssh: [default]}
            ports: !override ["90:90"]
            networks: [n, default]
            command: null
          d: {image: k, extends: {file: inc.yaml, service: inc}, links: [a], network_mode: "service:a"}
        networks: {n: {ipam: {config: [{subnet: 10.1.0.0/16, gateway: 10.1.0.1}]}}}
        """,
        "base.yaml":
            "services:\n  base: {user: u, volumes: [./b:/b], env_file: vars, extends: other}\n  other: {tty: on}\n",
        "inc.yaml":
            "include: [sub/more.yaml]\nservices: {inc: {image: \"x:$V\", configs: [c]}}\nconfigs: {c: {content: $V}}\n",
        "sub/inc.yaml": "services: {deep: {image: y, build: ., secrets: [s]}}\nsecrets: {s: {environment: HOME}}\n",
        "sub/more.yaml": "services: {more: {image: z, tmpfs: /t, ulimits: {nofile: {soft: 1, hard: 2}}}}\n",
        "vars": "# values\nV=1\nW=\"a ${V} b\"\nexport Q='x'\n", ".env": "T=1\nV=${T:-2}\nCOMPOSE_PROFILES=p\n",
    ]

    @Test("never crash, and end in a model or an error, soon", arguments: 0..<16)
    func mutations(_ series: Int) throws {
        var random = Deterministic(state: UInt64(series) &* 0x5851_F42D)
        for _ in 0..<Self.count {
            let folder = try Folder(Self.files)
            for name in Self.files.keys.sorted().shuffled(using: &random).prefix(Int(random.next() % 3) + 1) {
                try folder.write(Mutator.mutated(Self.files[name] ?? "", &random), to: name)
            }
            var request = LoadRequest(variables: ["HOME": "/root"], currentDirectory: folder.path)
            request.files = ["environment.yaml", "over.yaml"]
            let start = ContinuousClock.now
            try check(request, &random)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    private func check(_ request: LoadRequest, _ random: inout Deterministic) throws {
        let loaded = EnvironmentLoader.load(request)
        #expect((loaded.environment == nil) == loaded.hasErrors)
        #expect(
            DiagnosticRenderer(sources: loaded.sources).render(loaded.diagnostics).isEmpty
                == loaded.diagnostics.isEmpty)
        var options = ResolveOptions()
        options.interpolates = random.next() % 4 != 0
        options.normalizes = random.next() % 4 != 0
        let format: ModelFormat = random.next() % 2 == 0 ? .json : .yaml
        let resolved = EnvironmentLoader.resolve(request, options: options, format: format)
        #expect((resolved.model == nil) == resolved.hasErrors)
        guard let model = resolved.model else { return }
        #expect(model.text.utf8.count < 64 << 20)
        if format == .json { _ = try JSONSerialization.jsonObject(with: Data(model.text.utf8)) }
    }

    @Test("the project itself is sound, so that changes reach every phase")
    func sound() throws {
        let folder = try Folder(Self.files)
        var request = LoadRequest(variables: ["HOME": "/root"], currentDirectory: folder.path)
        request.files = ["environment.yaml", "over.yaml"]
        let result = EnvironmentLoader.resolve(request)
        #expect(result.diagnostics.filter { $0.severity == .error }.map(\.message) == [])
        #expect(Set(result.model?.keys(of: "services") ?? []) == ["a", "b", "c", "d", "deep", "inc", "more"])
    }
}
