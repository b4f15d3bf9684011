import ImageRegistry
import RegistryProtocol
import Testing

/// The file registries.yaml, and addresses of registries.
@Suite("Settings of registries")
struct SettingsTests {
    @Test("name mirrors, trust and token servers of each registry")
    func whole() throws {
        let text = """
            registries:
              docker.io:
                mirrors: [https://mirror.example.com, "http://localhost:5000/docker.io"]
              registry.internal:5000:
                insecure: true
                token-servers: [Login.internal]
            """
        let settings = try RegistrySettings(yaml: Array(text.utf8), file: "registries.yaml")
        #expect(
            settings.entries["docker.io"]?.mirrors.map(\.description) == [
                "https://mirror.example.com", "http://localhost:5000/docker.io",
            ])
        #expect(settings.entries["docker.io"]?.isInsecure == false)
        #expect(settings.entries["registry.internal:5000"]?.isInsecure == true)
        #expect(settings.entries["registry.internal:5000"]?.tokenServers == ["login.internal"])
    }

    @Test(
        "that are wrong are told with line and column",
        arguments: [
            ("registry: {}", "f:1:1: unknown key 'registry'"),
            ("registries:\n  a.example:\n    mirror: []", "f:3:5: unknown key 'mirror'"),
            ("registries:\n  a.example:\n    mirrors: [\"ftp://x\"]", "f:3:15: 'ftp://x' is not the address"),
            ("registries:\n  a.example:\n    mirrors: [https://u:p@x]", "f:3:15: 'https://u:p@x' is not the address"),
            ("registries:\n  a.example:\n    insecure: maybe", "f:3:15: 'insecure' is true or false"),
            ("registries:\n  a b: {}", "f:2:3: expected a registry's host"),
            ("registries: [a]", "f:1:13: expected a mapping"),
        ])
    func mistakes(text: String, message: String) {
        let error = #expect(throws: RegistryError.self) { try RegistrySettings(yaml: Array(text.utf8), file: "f") }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        "the loopback is known by its names",
        arguments: [
            ("localhost:5000", true), ("127.0.0.1", true), ("[::1]:5000", true), ("a.localhost", true),
            ("127.example.com", false),
            ("localhost.example.com", false), ("10.0.0.1", false),
        ])
    func loopback(registry: String, expected: Bool) throws {
        #expect(try Endpoint(registry: registry).isLoopback == expected)
    }

    @Test("Docker Hub's interface is at another host than its name says")
    func hub() throws {
        #expect(try Endpoint(registry: "docker.io").description == "https://registry-1.docker.io")
        #expect(try Endpoint(registry: "ghcr.io:443").description == "https://ghcr.io")
    }

    @Test(
        "an address with a path outside is refused",
        arguments: ["https://a/..", "https://a/b/../c", "https://a/%2e", "https://"])
    func traversal(url: String) {
        #expect(throws: RegistryError.self) { try Endpoint(url: url) }
    }
}
