import Foundation
import Glibc
import ImageRegistry
import RegistryProtocol
import Testing

/// The file of credentials that Docker, podman and skopeo share.
@Suite("The file of credentials", .serialized)
struct CredentialFileTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "/credentials-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func files(_ text: String?, _ environment: [String: String] = [:]) throws -> DockerConfiguration {
        if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/config.json")) }
        let variables = ["DOCKER_CONFIG": folder, "PATH": folder + ":/usr/bin:/bin"].merging(environment) { $1 }
        return try DockerConfiguration(environment: { variables[$0] })
    }

    private func helper(_ name: String, _ script: String) throws {
        let path = "\(folder)/docker-credential-\(name)"
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o755)
    }

    @Test(
        "gives what an entry holds",
        arguments: [
            (
                #"{"auths":{"r.example:5000":{"auth":"bWU6czpj"}}}"#, "r.example:5000",
                Credential.password(username: "me", password: "s:c")
            ),
            (
                #"{"auths":{"https://r.example/v1/":{"auth":"bWU6eA=="}}}"#, "r.example",
                .password(username: "me", password: "x")
            ),
            (
                #"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6eA=="}}}"#, "docker.io",
                .password(username: "me", password: "x")
            ),
            (
                #"{"auths":{"r.example":{"username":"u","password":"p"}}}"#, "r.example",
                .password(username: "u", password: "p")
            ),
            (#"{"auths":{"r.example":{"auth":"bWU6eA==","identitytoken":"t"}}}"#, "r.example", .identityToken("t")),
            (#"{"auths":{"r.example":{"registrytoken":"t"}}}"#, "r.example", .registryToken("t")),
        ] as [(String, String, Credential)])
    func entry(text: String, registry: String, expected: Credential) throws {
        #expect(try files(text).credential(for: registry) == expected)
    }

    @Test("gives nothing for another registry, an empty entry, and where there is no file")
    func nothing() throws {
        #expect(try files(nil).credential(for: "r.example") == nil)
        #expect(try files(#"{"auths":{"r.example":{"auth":"bWU6eA=="}}}"#).credential(for: "r.example:5000") == nil)
        #expect(try files(#"{"auths":{"r.example":{}}}"#).credential(for: "r.example") == nil)
    }

    @Test("is REGISTRY_AUTH_FILE before Docker's")
    func authFile() throws {
        let other = folder + "/auth.json"
        try Data(#"{"auths":{"r.example":{"auth":"eW91OnA="}}}"#.utf8).write(to: URL(fileURLWithPath: other))
        let found = try files(#"{"auths":{"r.example":{"auth":"bWU6eA=="}}}"#, ["REGISTRY_AUTH_FILE": other])
        #expect(try found.credential(for: "r.example") == .password(username: "you", password: "p"))
    }

    @Test("asks a registry's helper, and the general one for others")
    func helpers() throws {
        try helper("special", #"read server; echo "{\"Username\":\"$server\",\"Secret\":\"special\"}""#)
        try helper("general", #"read server; echo "{\"Username\":\"<token>\",\"Secret\":\"$server\"}""#)
        let files = try files(#"{"credHelpers":{"r.example":"special"},"credsStore":"general"}"#)
        #expect(try files.credential(for: "r.example") == .password(username: "r.example", password: "special"))
        #expect(try files.credential(for: "other.example") == .identityToken("other.example"))
    }

    @Test("a helper that knows nothing is no failure; one that fails is")
    func helperFailures() throws {
        try helper("empty", "echo credentials not found in native keychain; exit 1")
        #expect(try files(#"{"credsStore":"empty"}"#).credential(for: "r.example") == nil)
        try helper("broken", "echo no bus; exit 1")
        let error = #expect(throws: RegistryError.self) {
            try files(#"{"credsStore":"broken"}"#).credential(for: "r.example")
        }
        #expect(error?.message.contains("no bus") == true)
        let missing = #expect(throws: RegistryError.self) {
            try files(#"{"credsStore":"absent"}"#).credential(for: "r.example")
        }
        #expect(missing?.message.contains("docker-credential-absent is not installed") == true)
    }

    @Test("a name of a helper leads nowhere else", arguments: ["../x", "a/b", ""])
    func helperName(name: String) throws {
        let files = try files("{\"credHelpers\":{\"r.example\":\"\(name)\"}}")
        #expect(throws: RegistryError.self) { try files.credential(for: "r.example") }
    }

    @Test("keeps credentials for its owner alone, and leaves the rest of the file as it is")
    func keep() throws {
        let files = try files(#"{"auths":{"other":{"auth":"eA=="}},"detachKeys":"ctrl-e"}"#)
        #expect(try files.keep("r.example", username: "me", password: "pässword") == folder + "/config.json")
        #expect(try files.credential(for: "r.example") == .password(username: "me", password: "pässword"))
        let text = try String(contentsOfFile: folder + "/config.json", encoding: .utf8)
        #expect(text.contains("detachKeys") && text.contains("other"))
        var status = stat()
        #expect(stat(folder + "/config.json", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try files.forget("r.example"))
        #expect(try files.credential(for: "r.example") == nil)
        #expect(try !files.forget("r.example"))
    }

    @Test("keeps credentials with the helper that the file names")
    func keepWithHelper() throws {
        try helper("store", "cat > \(folder)/$1.txt")
        let files = try files(#"{"credsStore":"store"}"#)
        #expect(try files.keep("docker.io", username: "me", password: "x") == "docker-credential-store")
        let text = try String(contentsOfFile: folder + "/store.txt", encoding: .utf8)
        #expect(text.contains("index.docker.io") && text.contains("\"Secret\":\"x\""))
        #expect(try files.forget("docker.io"))
        #expect(try String(contentsOfFile: folder + "/erase.txt", encoding: .utf8) == "https://index.docker.io/v1/")
    }

    @Test("a damaged file is told with its name, and not overwritten", arguments: ["[]", "{", "not json"])
    func damaged(text: String) throws {
        let files = try files(text)
        let error = #expect(throws: RegistryError.self) { try files.keep("r.example", username: "a", password: "b") }
        #expect(error?.message.contains(folder) == true)
        #expect(try String(contentsOfFile: folder + "/config.json", encoding: .utf8) == text)
    }
}
