import EnvironmentFile
import OrderedCollections
import Testing

@Suite("configs and secrets")
struct GrantsTests {
    @Test("are files in the service, by short and long form")
    func forms() throws {
        let loaded = try load(
            """
            services:
              s:
                image: i
                configs: [c, {source: c, target: /etc/c, uid: "1", gid: "2", mode: 0o400}]
                secrets: [k, {source: k, target: key, mode: "0440"}]
            configs:
              c: {content: "hello $WHO"}
            secrets:
              k: {environment: KEY}
              f: {file: ./key.txt}
            """, beside: ["key.txt": "x"], variables: ["KEY": "value", "WHO": "you"])
        #expect(loaded.messages == [])
        let service = try #require(loaded.service)
        #expect(service.configs.map(\.target) == ["/c", "/etc/c"])
        #expect(service.configs.map(\.mode) == [0o444, 0o400])
        #expect(service.configs.last?.uid == "1")
        #expect(service.secrets.map(\.target) == ["/run/secrets/k", "/run/secrets/key"])
        #expect(service.secrets.map(\.mode) == [0o444, 0o440])
        let environment = try #require(loaded.environment)
        #expect(environment.configs["c"]?.source == .inline("hello you"))
        #expect(environment.secrets["k"]?.source == .inline("value"))
        #expect(environment.secrets["f"]?.source == .file(environment.directory + "/key.txt"))
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("configs: {c: {}}", "1:11: error: config 'c' does not say where its content comes from"),
            ("configs: {c: }", "1:11: error: config 'c' does not say where its content comes from"),
            ("configs: {c: {file: gone}}", "1:21: error: file 'gone' of config 'c' does not exist"),
            ("secrets: {k: {file: .}}", "1:21: error: file '.' of secret 'k' is a folder, not a file"),
            (
                "secrets: {k: {environment: GONE}}",
                "1:28: error: secret 'k' comes from variable 'GONE', which is not set"
            ),
            (
                "configs: {c: {content: a, file: b}}",
                "1:27: error: config 'c' has more than one of 'file', 'content', 'environment'"
            ),
            ("secrets: {k: {content: a}}", "1:15: error: 'content' is not known in 'k'"),
            ("configs: [c]", "1:10: error: 'configs' must be a mapping, not a list"),
            ("secrets: {k: {external: true}}", "1:15: warning: 'external' is not honoured by this version"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        let messages = try load(text + "\n").messages
        #expect(messages.first == expected)
    }

    @Test("references must lead somewhere", arguments: ["config", "secret"])
    func references(_ kind: String) throws {
        let loaded = try load(
            "services: {s: {image: i, \(kind)s: [databse]}}\n\(kind)s: {database: {environment: A}}\n",
            variables: ["A": ""])
        let column = "services: {s: {image: i, \(kind)s: [".count + 1
        #expect(loaded.messages == ["1:\(column): error: service 's' uses \(kind) 'databse', which is not defined"])
        #expect(loaded.result.diagnostics.first?.remedy == "did you mean 'database'?")
    }
}
