import OCI
import Testing

@Suite("Documents")
struct DocumentTests {
    static let digest = "sha256:" + String(repeating: "ab", count: 32)

    @Test("are written with sorted keys, no white space and no escaped slashes, and read back")
    func deterministic() throws {
        let config = Descriptor(mediaType: MediaType.configuration, digest: try Digest(Self.digest), size: 7)
        let manifest = Manifest(config: config, layers: [])
        let expected = """
            {"config":{"digest":"\(Self.digest)","mediaType":"application/vnd.oci.image.config.v1+json","size":7},\
            "layers":[],"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}
            """
        #expect(String(decoding: try manifest.json(), as: UTF8.self) == expected)
        #expect(try Manifest(json: Array(expected.utf8)) == manifest)
    }

    @Test("ignore fields that the specification does not know, and take null for missing")
    func unknownFields() throws {
        let text = """
            {"architecture":"amd64","os":"linux","docker_version":"20.10","container_config":{"Tty":false},
             "config":{"Hostname":"x","Env":null,"Cmd":["sh"],"Volumes":{"/data":{}},"Entrypoint":null,"Labels":null,
                       "Healthcheck":{"Test":["CMD","true"],"Interval":1000000000,"Retries":3}},
             "rootfs":{"type":"layers","diff_ids":["\(Self.digest)"]},
             "history":[{"created":"2020-01-01T00:00:00Z","created_by":"sh","empty_layer":true}]}
            """
        let configuration = try ImageConfiguration(json: Array(text.utf8))
        #expect(configuration.config?.cmd == ["sh"])
        #expect(configuration.config?.env == nil)
        #expect(configuration.config?.volumes == ["/data": EmptyObject()])
        #expect(configuration.config?.healthcheck?.interval == 1_000_000_000)
        #expect(configuration.config?.healthcheck?.retries == 3)
        #expect(configuration.rootfs.diffIDs.map(\.description) == [Self.digest])
        #expect(configuration.history?.first?.emptyLayer == true)
    }

    static let mistakes: [(String, String)] = [
        ("", "not valid JSON"),
        ("[", "not valid JSON"),
        (String(repeating: "[", count: 1_000_000), "not valid JSON"),
        ("{}", "no 'schemaVersion'"),
        ("[]", "wrong type at the top"),
        ("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":1}]}", "wrong type at .manifests[0].mediaType"),
        ("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a\",\"size\":1,\"digest\":\"sha256:1\"}]}", "digest"),
        ("{\"schemaVersion\":1,\"manifests\":[]}", "schemaVersion is 1"),
        (
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a\",\"size\":-1,\"digest\":\"\(digest)\"}]}",
            "negative"
        ),
    ]

    @Test("say what is wrong and where", arguments: mistakes)
    func malformed(text: String, reason: String) {
        let error = #expect(throws: DocumentError.self) { try Index(json: Array(text.utf8)) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
    }

    @Test("over 4 MiB are refused unread")
    func tooLarge() {
        let error = #expect(throws: DocumentError.self) {
            try Index(json: [UInt8](repeating: UInt8(ascii: "["), count: (4 << 20) + 1))
        }
        #expect(error?.kind == .tooLarge(bytes: (4 << 20) + 1))
    }
}
