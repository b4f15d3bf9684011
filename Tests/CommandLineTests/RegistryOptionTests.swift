import Glibc
import OCI
import Testing

/// Each option of `harness registry serve` does what it says: none of these tests passes without it.
@Suite("Options of a registry", .needsRoot(), .needsPrograms("openssl"))
struct RegistryOptionTests {
    private static let zeros = "sha256:\(String(repeating: "0", count: 64))"

    @Test(
        "what is forbidden is refused",
        arguments: [
            (["--read-only"], "POST /v2/a/blobs/uploads/", "405"),
            (["--max-blob-bytes", "10"], "POST /v2/a/blobs/uploads/?digest=\(zeros)", "413"),
        ])
    func refused(options: [String], request: String, status: String) throws {
        let registry = try Registry(.ours, options: options)
        let answer = try registry.ask(request, "Content-Length: 11\\r\\n")
        #expect(answer.contains(" \(status) "), "\(answer)")
    }

    @Test("--max-uploads and --upload-lifetime bound what is begun")
    func uploads() throws {
        let registry = try Registry(.ours, options: ["--max-uploads", "1", "--upload-lifetime", "2"])
        let begin = "POST /v2/a/blobs/uploads/"
        #expect(try registry.ask(begin, "Content-Length: 0\\r\\n").contains(" 202 "))
        #expect(try registry.ask(begin, "Content-Length: 0\\r\\n").contains(" 429 "))
        let deadline = ContinuousClock.now + .seconds(60)
        var answer = ""
        while !answer.contains(" 202 "), ContinuousClock.now < deadline {
            answer = try registry.ask(begin, "Content-Length: 0\\r\\n")
        }
        #expect(answer.contains(" 202 "))
    }

    @Test("--client-timeout and --max-connections: who says nothing is cut off, and makes others wait until then")
    func silentClient() throws {
        let registry = try Registry(.ours, options: ["--client-timeout", "3", "--max-connections", "1"])
        let start = ContinuousClock.now
        let port = registry.host.split(separator: ":").last ?? ""
        // Several: the kernel may have handed over another one before the first is counted.
        let silent = try (0..<6).map { _ in
            let client = try ChildProcess(
                ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); echo connected; cat <&3"],
                environment: ["PATH": "/usr/bin:/bin"])
            try client.waitForOutput("connected")
            return client
        }
        // Not before the first of them has had its time.
        #expect(try registry.ask("GET /v2/").contains(" 200 "))
        #expect(ContinuousClock.now - start >= .seconds(3))
        for client in silent { #expect(try client.wait().output == "connected\n") }
    }

    @Test("--user names who it becomes, --quiet keeps it silent")
    func userAndQuiet() throws {
        let registry = try Registry(.ours, options: ["--user", "daemon", "--quiet"])
        let status = try #require(readText("/proc/\(registry.pid)/status"))
        #expect(status.contains("Uid:\t1\t1\t1\t1"))
        #expect(try registry.ask("GET /v2/quiet/tags/list").contains(" 404 "))
        #expect(try !registry.end().contains("quiet"))
    }

    @Test("--tls-name is in the certificate that is made, beside the loopback's")
    func certificateNames() throws {
        let registry = try Registry(
            .ours, tls: true, options: ["--tls-name", "registry.example", "--tls-name", "192.0.2.7"])
        let shown = try ChildProcess(
            [
                "/usr/bin/openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
                "\(registry.scratch.path)/root/tls/cert.pem",
            ], environment: ["PATH": "/usr/bin:/bin"]
        ).wait().output
        for name in ["DNS:localhost", "DNS:registry.example", "IP Address:192.0.2.7", "IP Address:127.0.0.1"] {
            #expect(shown.contains(name), "\(shown)")
        }
    }

    /// A store with an image `app`.
    private func store(_ scratch: Scratch) throws -> (home: String, digest: Digest) {
        let home = try scratch.makeDirectory("home")
        return (home, try LayeredImage(sizes: [1000], seed: 5).load(as: "app:1", into: home, scratch: scratch))
    }

    @Test("--tls-cert and --tls-key are what it shows")
    func ownCertificate() throws {
        let scratch = try Scratch()
        let (home, _) = try store(scratch)
        try Registry.makeCertificate(in: scratch.path)
        let registry = try Registry(
            .ours, options: ["--tls-cert", "\(scratch.path)/ca.pem", "--tls-key", "\(scratch.path)/key.pem"])
        let name = "\(registry.host)/app:1"
        #expect(try Harness.run(["image", "push", "app:1", name], home: home).code == 69)
        try scratch.write(readText("\(scratch.path)/ca.pem") ?? "", to: "certs/\(registry.host)/ca.crt")
        let pushed = try Harness.run(
            ["image", "push", "app:1", name], home: home, variables: ["HARNESS_CERTS": "\(scratch.path)/certs"])
        #expect(pushed.code == 0, "\(pushed.error)")
    }

    @Test("--store gives out this machine's images, and takes none")
    func ownStore() throws {
        let scratch = try Scratch()
        let (home, digest) = try store(scratch)
        let process = try Harness.start(
            ["registry", "serve", "--address", "127.0.0.1:0", "--store", "--user", "root"], home: home)
        try process.waitForOutput("://127.0.0.1:")
        let told = (process.output + process.error).split { "/\n,".contains($0) }
        let host = try #require(told.first { $0.hasPrefix("127.0.0.1:") })
        let other = try scratch.makeDirectory("other")
        let pulled = try Harness.run(["image", "pull", "-q", "\(host)/app:1"], home: other)
        #expect(pulled.output == "\(digest)\n", "\(pulled.error)")
        #expect(try Harness.run(["image", "push", "\(host)/app:1", "\(host)/new:1"], home: other).code == 69)
        process.send(SIGTERM)
        _ = try process.wait()
    }

    @Test(
        "--proxy is a cache of a registry: a blob is fetched once; --proxy-tag-lifetime says when a tag is asked for again"
    )
    func cache() throws {
        let scratch = try Scratch()
        let (home, digest) = try store(scratch)
        let upstream = try Registry(.ours)
        #expect(try Harness.run(["image", "push", "app:1", "\(upstream.host)/team/app:1"], home: home).code == 0)
        for (lifetime, expected) in [("3600", 1), ("0", 2)] {
            let before = try upstream.requests("GET", containing: "/manifests/1")
            let blobs = try upstream.requests("GET", containing: "/blobs/sha256:")
            let cache = try Registry(
                .ours, options: ["--proxy", "up=http://\(upstream.host)", "--proxy-tag-lifetime", lifetime])
            for number in 0..<2 {
                let other = try scratch.makeDirectory("other\(lifetime)-\(number)")
                let pulled = try Harness.run(["image", "pull", "-q", "\(cache.host)/up/team/app:1"], home: other)
                #expect(pulled.output == "\(digest)\n", "\(pulled.error)")
            }
            #expect(try upstream.requests("GET", containing: "/manifests/1") - before == expected)
            #expect(try upstream.requests("GET", containing: "/blobs/sha256:") - blobs == 2)
            let pushed = try Harness.run(["image", "push", "app:1", "\(cache.host)/up/team/new:1"], home: home)
            #expect(pushed.code == 69)
        }
    }
}
