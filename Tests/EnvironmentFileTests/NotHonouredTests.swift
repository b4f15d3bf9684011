import EnvironmentFile
import Testing

@Suite("What is valid but not honoured")
struct NotHonouredTests {
    @Test(
        "is a warning at its key",
        arguments: [
            "gpus: all", "snapshot: true", "x-snapshot: true", "seed: [{command: a}]",
            "models: []", "cpu_percent: 5", "storage_opt: {size: 1g}",
        ])
    func attributes(_ text: String) throws {
        let loaded = try loadService(text)
        let key = text.prefix { $0 != ":" }
        let name = key.hasPrefix("x-") ? key.dropFirst(2) : key
        #expect(loaded.messages == ["4:5: warning: '\(name)' is not honoured by this version"])
        #expect(loaded.environment != nil)
    }

    @Test("of 'deploy' only what is not honoured is named")
    func deploy() throws {
        let loaded = try loadService(
            "deploy:\n  placement: {}\n  replicas: 2\n  resources: {reservations: {cpus: '1'}}")
        #expect(
            loaded.messages == [
                "5:7: warning: 'placement' is not honoured by this version",
                "7:34: warning: 'cpus' can't be reserved: this machine has no scheduler for it",
            ])
    }

    @Test(
        "is still compared with the specification", arguments: ["deploy: {replica: 2}", "logging: text", "cpus: many"])
    func checked(_ text: String) throws {
        #expect(try loadService(text).result.hasErrors)
    }

    @Test("extensions are nobody's business", arguments: ["x-anything: {a: [1]}", "labels: {x-a: b}"])
    func extensions(_ text: String) throws {
        #expect(try loadService(text).messages == [])
    }

    @Test("an obsolete 'version' is a warning")
    func version() throws {
        #expect(
            try load("version: '3'\nservices: {s: {image: i}}\n").messages == ["1:1: warning: 'version' is obsolete"])
    }
}
