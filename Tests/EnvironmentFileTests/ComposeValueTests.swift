import EnvironmentFile
import Foundation
import Testing

/// Odd spellings of values, and what Docker Compose 2.40 makes of them.
@Suite("Values as Compose takes them")
struct ComposeValueTests {
    private func resolve(_ attribute: String) throws -> (service: [String: Any]?, messages: [String]) {
        let folder = try Folder([
            "environment.yaml": "services:\n  s:\n    image: i\n    \(attribute)\n  b: {image: b}\n",
            "a.env": "K=a\nA=1\n",
            "b.env": "K=b\n",
        ])
        var request = LoadRequest(currentDirectory: folder.path)
        request.files = ["environment.yaml"]
        let result = EnvironmentLoader.resolve(request, format: .json)
        guard let text = result.model?.text else { return (nil, result.diagnostics.map(\.message)) }
        let model = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return ((model?["services"] as? [String: Any])?["s"] as? [String: Any], [])
    }

    @Test(
        "are printed as it prints them; what says nothing is left out",
        arguments: [
            ("user: ''", "user", nil), ("hostname: ''", "hostname", nil), ("working_dir: ''", "working_dir", nil),
            ("platform: ''", "platform", nil), ("network_mode: ''", "network_mode", nil), ("dns: ''", "dns", nil),
            ("healthcheck: {retries: 2.5}", "healthcheck", "{\"retries\":2}"),
            ("pids_limit: 1e3", "pids_limit", "1000"),
            ("cpu_shares: 2.5", "cpu_shares", "2"), ("cpus: 017", "cpus", "15"),
            ("shm_size: 0x10", "shm_size", "\"16\""),
            ("mem_limit: -1", "mem_limit", "\"-1\""), ("mem_swappiness: 017", "mem_swappiness", "\"15\""),
            ("stop_grace_period: -5s", "stop_grace_period", "\"-5s\""),
            ("blkio_config: {weight: 5}", "blkio_config", "{\"weight\":5}"),
            ("volumes: [{type: tmpfs, target: ./x}]", "volumes", "[{\"target\":\"x\",\"type\":\"tmpfs\"}]"),
            (
                "ports: [{target: 80, protocol: quic}]", "ports",
                "[{\"mode\":\"ingress\",\"protocol\":\"quic\",\"target\":80}]"
            ),
            ("env_file: [a.env, b.env, a.env]", "environment", "{\"A\":\"1\",\"K\":\"b\"}"),
            ("pull_refresh_after: 5h", "pull_refresh_after", nil),
        ] as [(String, String, String?)])
    func printed(_ attribute: String, _ key: String, _ expected: String?) throws {
        let (service, messages) = try resolve(attribute)
        let attributes = try #require(service, "\(messages)")
        let text = try attributes[key].map {
            String(
                decoding: try JSONSerialization.data(withJSONObject: $0, options: [.sortedKeys, .fragmentsAllowed]),
                as: UTF8.self)
        }
        #expect(text == expected)
    }

    @Test(
        "are refused as it refuses them",
        arguments: [
            ("container_name: x", "'x' can't be a container's name"),
            ("cpu_period: 10ms", "'cpu_period' must be a number, not '10ms'"),
            ("cpu_rt_period: soon", "'cpu_rt_period' 'soon' is neither a number of microseconds nor a duration"),
            ("init: '1'", "'init' must be true or false, not '1'"),
            ("labels: {'': b}", "a name in 'labels' can't be empty"),
            ("expose: [1.5]", "each entry of 'expose' must be a string or a whole number, not 1.5"),
            ("ports: [{target: web}]", "'target' must be a port from 1 to 65535, not 'web'"),
            ("ports: [{target: 80, published: 2.5}]", "'published' must be a string or a whole number, not 2.5"),
            ("deploy: {update_config: {delay: 5}}", "'delay' must be a string, not 5"),
            ("deploy: {update_config: {delay: '5'}}", "'delay' '5' is not a duration"),
            ("deploy: {resources: {reservations: {cpus: many}}}", "'many' is not a number of processors"),
            ("gpus: [{capabilities: [a, a]}]", "'a' is listed twice"),
            ("links: ['a=b']", "'links' of service 's' names service 'a=b', which is not defined"),
            ("develop: {watch: [{path: '', action: rebuild}]}", "'path' can't be empty"),
            ("develop: {watch: [{path: ., action: sync, target: ''}]}", "a rule to 'sync' must say its 'target'"),
            ("scale: -1", "'scale' must be 0 to 10000, not -1"),
        ])
    func refused(_ attribute: String, _ message: String) throws {
        let (service, messages) = try resolve(attribute)
        #expect(service == nil)
        #expect(messages.contains(message), "\(messages)")
    }

    @Test("'version' is text, where it is given at all")
    func version() throws {
        #expect(
            try load("version: 3\nservices: {s: {image: i}}\n").messages.contains(
                "1:10: error: 'version' must be a string, not 3"))
    }

    @Test(
        "that Compose takes but no container can have are mistakes for who would run them",
        arguments: [
            ("blkio_config: {weight: 5}", "'weight' must be 10 to 1000, not 5"),
            ("shm_size: -1", "'shm_size' can't be negative"),
            ("stop_grace_period: -5s", "'stop_grace_period' can't be negative"),
            ("ports: [{target: 80, protocol: quic}]", "'quic' is not a protocol"),
        ])
    func unusable(_ attribute: String, _ message: String) throws {
        #expect(try loadService(attribute).result.diagnostics.map(\.message) == [message])
    }
}
