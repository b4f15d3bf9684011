import Addresses
import EnvironmentFile
import Foundation
import OrderedCollections
import Testing

/// What Docker Compose 2.40 makes of the same files: `base`, then `override`, as attributes of one service.
@Suite("Files on top of each other")
struct MergeTests {
    private func resolve(_ base: String, _ override: String) throws -> (service: [String: Any]?, messages: [String]) {
        let rest = "  b: {image: b}\n  c: {image: c}\nnetworks: {n: , m: }\nsecrets: {k: {file: ./k}, l: {file: ./l}}\n"
        let folder = try Folder([
            "a.yaml": "services:\n  s:\n    image: i\n    \(base)\n" + rest,
            "b.yaml": "services:\n  s:\n    \(override)\n",
        ])
        var request = LoadRequest(currentDirectory: folder.path)
        request.files = ["a.yaml", "b.yaml"]
        let result = EnvironmentLoader.resolve(request, format: .json)
        let messages = result.diagnostics.map(\.line)
        guard let text = result.model?.text else { return (nil, messages) }
        let model = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return ((model?["services"] as? [String: Any])?["s"] as? [String: Any], messages)
    }

    @Test(
        "give what both say",
        arguments: [
            ("hostname: h", "hostname:", "hostname", "\"h\""), ("cap_add: [A]", "cap_add:", "cap_add", "[\"A\"]"),
            ("command: [a, b]", "command:", "command", "null"),
            ("command: a", "command: b c", "command", "[\"b\",\"c\"]"),
            (
                "networks: {n: {priority: 5}}", "networks: [m]", "networks", "{\"m\":null,\"n\":{\"priority\":5}}"
            ),
            ("networks: [n]", "networks: {n: {priority: 5}}", "networks", "{\"n\":{\"priority\":5}}"),
            (
                "extra_hosts: {a: 1.1.1.1}", "extra_hosts: [\"a:2.2.2.2\"]", "extra_hosts",
                "[\"a=1.1.1.1\",\"a=2.2.2.2\"]"
            ),
            (
                "depends_on: {b: {condition: service_started, required: false}}", "depends_on: [b]", "depends_on",
                "{\"b\":{\"condition\":\"service_started\",\"required\":true}}"
            ),
            (
                "deploy: {placement: {constraints: [x]}}", "deploy: {placement: {constraints: [x, y]}}", "deploy",
                "{\"placement\":{\"constraints\":[\"x\",\"x\",\"y\"]},\"resources\":{}}"
            ),
            ("dns: 1.1.1.1", "dns: [2.2.2.2, 1.1.1.1]", "dns", "[\"1.1.1.1\",\"2.2.2.2\"]"),
            (
                "secrets: [k, l]", "secrets: [{source: l, target: k}]", "secrets",
                "[{\"source\":\"k\",\"target\":\"/run/secrets/k\"},{\"source\":\"l\",\"target\":\"/run/secrets/l\"},{\"source\":\"l\",\"target\":\"k\"}]"
            ),
            ("scale: 2", "scale: 3.0", "scale", "3"), ("mem_limit: 1k", "mem_limit: 017", "mem_limit", "\"15\""),
        ])
    func merged(_ base: String, _ override: String, _ key: String, _ expected: String) throws {
        let (service, messages) = try resolve(base, override)
        let value = try #require(service?[key], "\(messages)")
        let bytes = try JSONSerialization.data(
            withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("nothing on top of nothing is still wrong, at the place that says nothing")
    func nothing() throws {
        #expect(try resolve("hostname:", "user: u").messages == ["4:14: error: 'hostname' must be a string, not empty"])
        #expect(try resolve("user: u", "hostname:").messages == ["3:14: error: 'hostname' must be a string, not empty"])
        // Every file has to be sound on top of those before it, the first on its own.
        #expect(
            try resolve("hostname:", "hostname: h").messages == ["4:14: error: 'hostname' must be a string, not empty"])
    }

    @Test("of address ranges the override's count, with what is said of the same subnet before")
    func pools() throws {
        let folder = try Folder([
            "a.yaml": """
            services: {s: {image: i, networks: [n]}}
            networks: {n: {ipam: {config: [{subnet: 10.1.0.0/16, gateway: 10.1.0.1}, {subnet: "fd00::/64"}]}}}
            """,
            "b.yaml": "networks: {n: {ipam: {config: [{subnet: 10.1.0.0/16, ip_range: 10.1.5.0/24}]}}}\n",
        ])
        var request = LoadRequest(currentDirectory: folder.path)
        request.files = ["a.yaml", "b.yaml"]
        let pools = try #require(EnvironmentLoader.load(request).environment?.networks["n"]?.pools)
        #expect(pools.count == 1)
        #expect(pools.first?.gateway?.description == "10.1.0.1" && pools.first?.range?.description == "10.1.5.0/24")
    }
}
