import EnvironmentFile
import Testing

@Suite("Mutated files")
struct MutationTests {
    static let seeds = [
        """
        name: ${N:-x}
        services:
          a: &a
            image: "i:${T:?t}"
            command: sh -c 'x'
            environment: [A=1, B]
            ports: ["127.0.0.1:80-81:80-81/udp", {target: 1, published: "2-3"}]
            volumes: [v:/d:ro, {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0o700}}]
            healthcheck: {test: [CMD, a], interval: 1.5s, retries: 3}
            ready: {log: "a(b|c)*[0-9]{2,3}", http: {port: 80, path: /x}, all: true}
          b: {<<: *a, depends_on: {a: {condition: service_healthy}}, ulimits: {nofile: {soft: 1, hard: 2}}}
        volumes: {v: {labels: [a=b]}}
        configs: {c: {content: "$$x"}}
        test: {command: [a], on: {image: j}, timeout: 1h}
        """,
        """
        x-t: &t !reset {a: [1, 2.5, .inf, ~, "\\u00e9\\n"]}
        services: {s: {image: i, build: {packages: [p]}, deploy: {resources: {limits: {memory: 1g}}}, x-y: *t}}
        secrets: {k: {environment: HOME}}
        """,
    ]
    @Test("never crash the loader, and always end in an environment or an error", arguments: 0..<16)
    func mutations(_ series: Int) throws {
        var random = Deterministic(state: UInt64(series))
        let folder = try Folder([".env": "T=1\n"])
        var request = LoadRequest(variables: ["HOME": "/"], currentDirectory: folder.path)
        request.files = ["environment.yaml"]
        for _ in 0..<150 {
            let seed = Self.seeds[Int(random.next() % UInt64(Self.seeds.count))]
            try folder.write(Mutator.mutated(seed, &random), to: "environment.yaml")
            let result = EnvironmentLoader.load(request)
            #expect((result.environment == nil) == result.hasErrors)
            #expect(
                DiagnosticRenderer(sources: result.sources).render(result.diagnostics).isEmpty
                    == result.diagnostics.isEmpty)
        }
    }
}
