import EnvironmentFile
import OrderedCollections
import Testing

@Suite("build with a context")
struct DockerfileBuildTests {
    private func build(_ text: String, variables: [String: String] = [:]) throws -> DockerfileBuild {
        let loaded = try load(
            "services:\n  s:\n    image: i\n    build: \(text)\n  base: {image: b}\nsecrets: {k: {environment: HOME}}\n",
            variables: variables.merging(["HOME": "/home/u"]) { first, _ in first })
        #expect(!loaded.result.hasErrors, "\(loaded.messages)")
        return try #require(loaded.service?.dockerfileBuild)
    }

    @Test("has a context on the host, of another service or elsewhere")
    func contexts() throws {
        guard case .folder(let path) = try build("./src").context else {
            Issue.record("is no folder")
            return
        }
        #expect(path.hasPrefix("/") && path.hasSuffix("/src"))
        #expect(try build("https://example.com/x.git").context == .remote("https://example.com/x.git"))
        let further = try build("{context: ., additional_contexts: [a=service:base, b=docker-image://alpine]}")
        #expect(
            further.additionalContexts.mapValues(\.value) == [
                "a": .service("base"), "b": .remote("docker-image://alpine"),
            ])
        #expect(further.additionalContexts["a"]?.position.line == 4)
    }

    @Test("has a Dockerfile, arguments and a stage")
    func recipe() throws {
        #expect(try build(".").dockerfile == .path("Dockerfile"))
        #expect(try build("{dockerfile: D}").dockerfile == .path("D"))
        #expect(try build("{dockerfile_inline: FROM x}").dockerfile == .inline("FROM x"))
        let build = try build("{context: ., args: [A=1, B, C], target: t}", variables: ["B": "2"])
        #expect(build.arguments == ["A": "1", "B": "2"])
        #expect(build.target?.value == "t")
        #expect(build.position.line == 4)
    }

    @Test("may use secrets and keys")
    func secrets() throws {
        let build = try build(
            "{context: ., secrets: [k, {source: k, target: t, uid: \"5\", mode: 0400}], ssh: [default, d=/k]}")
        #expect(build.secrets.map(\.identifier) == ["k", "t"])
        #expect(build.secrets.map(\.source) == ["k", "k"])
        #expect(build.secrets.last?.uid == "5" && build.secrets.last?.mode == 0o400)
        #expect(build.keys.map(\.identifier) == ["default", "d"])
        #expect(build.keys.map(\.path) == [nil, "/k"])
    }

    @Test("says what is kept of it, and for which machines")
    func results() throws {
        let build = try build(
            """
            {context: ., cache_from: [a], cache_to: [b], no_cache: true, no_cache_filter: s, pull: true, tags: [t:1],
                labels: {x: y}, platforms: [linux/amd64], provenance: mode=max, sbom: true}
            """)
        #expect(build.cache.sources.map(\.value) == ["a"] && build.cache.destinations.map(\.value) == ["b"])
        #expect(build.cache.isDisabled && build.cache.excludedStages == ["s"])
        #expect(build.pullsBaseImages)
        #expect(build.tags.map(\.value) == ["t:1"] && build.labels == ["x": "y"])
        #expect(build.platforms.map(\.value) == ["linux/amd64"])
        #expect(build.provenance == "mode=max" && build.sbom == "true")
    }

    @Test("confines RUN")
    func sandbox() throws {
        let sandbox = try build(
            """
            {context: ., network: none, extra_hosts: ["h:1.2.3.4"], shm_size: 1k, ulimits: {nofile: 5}, privileged: true,
                entitlements: [network.host], isolation: hyperv}
            """
        ).sandbox
        #expect(sandbox.network?.value == "none")
        #expect(sandbox.extraHosts.map(\.name) == ["h"])
        #expect(sandbox.shmSize == 1024)
        #expect(sandbox.ulimits["nofile"] == Ulimit(soft: 5, hard: 5))
        #expect(sandbox.isPrivileged && sandbox.entitlements == ["network.host"] && sandbox.isolation == "hyperv")
    }

    @Test(
        "mistakes are told where they are",
        arguments: [
            ("{context: ., ssh: [key]}", "4:31: error: 'key' has no value"),
            ("{context: ., additional_contexts: [a]}", "4:47: error: 'a' has no value"),
            ("{context: ., secrets: [{source: k, mode: rw}]}", "4:53: error: 'rw' is not a file mode"),
            ("{context: ., ulimits: {nofile: {soft: 1}}}", "4:43: error: 'nofile' has no 'hard'"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        let loaded = try load(
            "services:\n  s:\n    image: i\n    build: \(text)\nsecrets: {k: {environment: HOME}}\n",
            variables: ["HOME": "/"])
        #expect(loaded.messages.contains(expected), "\(loaded.messages)")
    }
}
