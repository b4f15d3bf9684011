import CLinux
import Glibc
import ScriptedRegistry
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
        for thread in entries("/proc/\(process.pid)/task") {
            let status = readText("/proc/\(process.pid)/task/\(thread)/status") ?? ""
            #expect(status.contains("Uid:\t65534\t65534\t65534\t65534"))
            #expect(status.contains("CapEff:\t0000000000000000"))
            #expect(status.contains("NoNewPrivs:\t1"))
        }
        process.send(SIGTERM)
        #expect(try process.wait().code == 0)
    }

    @Test("what its user has put into its folder does not lead root astray when it starts again")
    func certificateThroughLink() throws {
        let scratch = try Scratch()
        chmod(scratch.path, 0o755)
        let root = try scratch.makeDirectory("root")
        let target = try scratch.makeDirectory("target")
        try scratch.write("kept", to: "target/names", mode: 0o600)
        chown(root, 65534, 65534)
        symlink(target, "\(root)/tls")
        let outcome = try Harness.run(
            ["registry", "serve", "--address", "127.0.0.1:0", "--root", root, "--tls-self-signed"], home: scratch.path)
        #expect(outcome.code == 64)
        #expect(outcome.error.contains("no certificate can be made"), "\(outcome.error)")
        #expect(entries(target) == ["names"])
        var status = stat()
        #expect(stat("\(target)/names", &status) == 0 && status.st_uid == 0)
        #expect(readText("\(target)/names") == "kept")
    }

    @Test(
        "what it can't do is told before it listens",
        arguments: [
            (["--address", "nonsense"], 64, "HOST:PORT"), (["--tls-cert", "/x"], 64, "--tls-key"),
            (["--htpasswd", "/nonexistent"], 64, "users"), (["--proxy", "UP=x"], 64, "repository"),
            (["--client-timeout", "0"], 64, "--client-timeout"),
            (["--upload-lifetime", "0"], 64, "--upload-lifetime"), (["--user", "nosuchuser"], 64, "nosuchuser"),
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

    @Test("the helper of a pull is nobody, can become nobody else, and has no file of the store")
    func helperPrivileges() throws {
        let scratch = try Scratch()
        let registry = try ScriptedRegistry { _ in .silence(after: []) }
        let pull = try Harness.start(["image", "pull", "\(registry.host)/app"], home: scratch.path)
        let deadline = ContinuousClock.now + .seconds(30)
        while registry.requests.isEmpty, pull.isRunning, ContinuousClock.now < deadline {
            try pull.pause(for: .milliseconds(5))
        }
        let helper = try #require(children(of: pull.pid).first)
        // The flags are each thread's own.
        for thread in entries("/proc/\(helper)/task") {
            let status = readText("/proc/\(helper)/task/\(thread)/status") ?? ""
            #expect(status.contains("NoNewPrivs:\t1"), "thread \(thread)")
            for set in ["CapPrm", "CapEff", "CapAmb"] { #expect(status.contains("\(set):\t0000000000000000")) }
        }
        let status = try #require(readText("/proc/\(helper)/status"))
        let user = try #require(status.split(separator: "\n").first { $0.hasPrefix("Uid:") })
        let numbers = user.split(separator: "\t").dropFirst().compactMap { UInt32($0) }
        #expect(numbers.count == 4 && Set(numbers).count == 1 && numbers.allSatisfy { $0 >= 61_184 }, "\(user)")
        #expect(status.contains("Groups:\t \n") || status.contains("Groups:\t\n"))
        for number in entries("/proc/\(helper)/fd") {
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/\(helper)/fd/\(number)", &buffer, buffer.count)
            let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(!path.hasPrefix(scratch.path), "\(path)")
        }
        pull.send(SIGKILL)
        _ = try pull.wait()
    }
}
