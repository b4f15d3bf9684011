import EnvironmentFile
import Testing
import YAML

/// The same numbers on every run (SplitMix64).
private struct Deterministic: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

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
    static let fragments: [String] = [
        "&a ", "*a", "<<: ", "!!int ", "!override ", "${", "}", "$", "[", "{", "]", "\n", "\n  ", "- ", ": ", "\"", "'",
        "|\n", "\t",
        "---\n", "\u{0}", "\u{FEFF}", "é", "%TAG ! x\n", "99999999999999999999", "-1", "0x", "services", "image: ",
    ]

    @Test("never crash the loader, and always end in an environment or an error", arguments: 0..<16)
    func mutations(_ series: Int) throws {
        var random = Deterministic(state: UInt64(series))
        let folder = try Folder([".env": "T=1\n"])
        var request = LoadRequest(variables: ["HOME": "/"], currentDirectory: folder.path)
        request.files = ["environment.yaml"]
        for _ in 0..<150 {
            let seed = Self.seeds[Int(random.next() % UInt64(Self.seeds.count))]
            try folder.write(mutated(Array(seed.utf8), &random), to: "environment.yaml")
            let result = EnvironmentLoader.load(request)
            #expect((result.environment == nil) == result.hasErrors)
            #expect(
                DiagnosticRenderer(sources: result.sources).render(result.diagnostics).isEmpty
                    == result.diagnostics.isEmpty)
        }
    }

    private func mutated(_ seed: [UInt8], _ random: inout Deterministic) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch random.next() % 5 {
            case 0: bytes.removeSubrange(place..<end)
            case 1: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            case 2:
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            default:
                let fragment = Self.fragments.randomElement(using: &random) ?? ""
                bytes.insert(contentsOf: Array(fragment.utf8), at: place)
            }
        }
        return bytes
    }
}
