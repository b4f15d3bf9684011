import ImageStore
import OCI
import Testing

@Suite("Inspecting an image")
struct InspectTests {
    @Test("prints a stable JSON document with the digest")
    func document() throws {
        let temporary = try TemporaryStore()
        let image = try temporary.add(ImportTests.small, as: "demo:1", changes: [.command(["/bin/sh"])]).image
        try temporary.store.tag("demo:1", as: try Reference("registry.example.com/demo"))
        let layer = try #require(image.manifest.layers.first)
        let description = try temporary.store.inspect("demo:1")
        #expect(
            String(decoding: try description.json(), as: UTF8.self) == """
                {
                  "architecture" : "\(Platform.host.architecture)",
                  "config" : {
                    "Cmd" : [
                      "/bin/sh"
                    ]
                  },
                  "configDigest" : "\(image.manifest.config.digest)",
                  "digest" : "\(image.digest)",
                  "history" : [
                    {
                      "comment" : "imported"
                    }
                  ],
                  "layers" : [
                    {
                      "diffID" : "\(Digest(of: ImportTests.small))",
                      "digest" : "\(layer.digest)",
                      "mediaType" : "application/vnd.oci.image.layer.v1.tar+zstd",
                      "path" : "\(image.layers[0])",
                      "size" : \(layer.size)
                    }
                  ],
                  "os" : "linux",
                  "references" : [
                    "docker.io/library/demo:1",
                    "registry.example.com/demo:latest"
                  ],
                  "size" : \(layer.size + image.manifest.config.size)
                }

                """)
    }
}
