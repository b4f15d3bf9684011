import Glibc
import Testing

/// `harness registry serve` as its operator sees it.
@Suite("A registry of one's own", .needsRoot())
struct RegistryServeTests {
    @Test("it does not stay root, and ends with 0 when it is told to")
    func privileges() throws {
        let scratch = try Scratch()
        chmod(scratch.path, 0o755)
        let process = try Harness.start(
            ["registry", "serve", "--address", "127.0.0.1:0", "--root", "\(scratch.path)/root"], home: scratch.path)
        try process.waitForOutput("://127.0.0.1:")
        let status = readFile("/proc/\(process.pid)/status").map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(status.contains("Uid:\t65534\t65534\t65534\t65534"))
        #expect(status.contains("CapEff:\t0000000000000000"))
        #expect(status.contains("NoNewPrivs:\t1"))
        process.send(SIGTERM)
        #expect(try process.wait().code == 0)
    }

    @Test(
        "what it can't do is told before it listens",
        arguments: [
            (["--address", "nonsense"], 64, "HOST:PORT"), (["--tls-cert", "/x"], 64, "--tls-key"),
            (["--htpasswd", "/nonexistent"], 64, "users"), (["--proxy", "UP=x"], 64, "repository"),
            (["--client-timeout", "0"], 64, "--client-timeout"), (["--user", "nosuchuser"], 64, "nosuchuser"),
            (["--tls-cert", "/etc/passwd", "--tls-key", "/etc/passwd"], 64, "PEM"),
        ] as [([String], Int32, String)])
    func mistakes(options: [String], code: Int32, text: String) throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(
            ["registry", "serve", "--address", "127.0.0.1:0", "--root", "\(scratch.path)/root"] + options,
            home: scratch.path)
        #expect(outcome.code == code, "\(outcome.error)")
        #expect(outcome.error.contains(text), "\(outcome.error)")
    }

    @Test("a second server does not take the folder of the first")
    func oneServer() throws {
        let registry = try Registry(.ours)
        let outcome = try Harness.run(
            ["registry", "serve", "--address", "127.0.0.1:0", "--root", "\(registry.scratch.path)/root"],
            home: registry.scratch.path)
        #expect(outcome.code == 69, "\(outcome.error)")
        #expect(outcome.error.contains("served by another process"))
    }

    @Test("without its helper harness says what is missing")
    func noHelper() throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(
            ["image", "pull", "x"], home: scratch.path, variables: ["HARNESS_REGISTRY_HELPER": "/nonexistent/helper"])
        #expect(outcome.code == 125)
        #expect(outcome.error.contains("/nonexistent/helper is missing"))
    }
}
