import CLinux
import Glibc

/// A registry in a process of its own, on the loopback, for one test.
final class Registry {
    enum Kind: String, CaseIterable, Sendable {
        /// `harness registry serve`
        case ours
        /// Debian's docker-registry.
        case docker
    }

    /// `127.0.0.1:PORT`
    let host: String
    let scratch: Scratch
    private var process: ChildProcess
    private let kind: Kind
    private let options: [String]

    /// The user of a registry with users.
    static let user = (name: "me", password: "secret")
    /// `htpasswd -nbBC 4 me secret`
    private static let users = "me:$2y$04$bPNM5pUCOW8MmaZfrmbO/ehgHBU0750w/DLxw2ykS6zjaatTBemya\n"

    /// Starts a registry and waits until it listens.
    init(_ kind: Kind, tls: Bool = false, users: Bool = false, options: [String] = []) throws {
        scratch = try Scratch()
        // The server gives its privileges up: it must be able to get here.
        chmod(scratch.path, 0o755)
        if users { try scratch.write(Self.users, to: "users") }
        self.kind = kind
        var options = options
        var port: UInt16 = 0
        switch kind {
        case .ours:
            if tls { options.append("--tls-self-signed") }
            if users { options += ["--htpasswd", "\(scratch.path)/users"] }
        case .docker:
            port = try Self.freePort()
            if tls { try Self.makeCertificate(in: scratch.path) }
            try scratch.write(Self.configuration(scratch.path, port: port, tls: tls, users: users), to: "config.yml")
        }
        self.options = options
        process = try Self.start(kind, scratch, port: port, options)
        // The address is told on both streams.
        let told = (process.output + process.error).split(whereSeparator: { $0 == "/" || $0 == "\n" || $0 == "," })
        host = kind == .docker ? "127.0.0.1:\(port)" : String(told.first { $0.hasPrefix("127.0.0.1:") } ?? "")
        if kind == .ours, tls { try Self.copy("\(scratch.path)/root/tls/cert.pem", to: "\(scratch.path)/ca.pem") }
    }

    /// Starts the server and waits until it listens; port 0 takes one that is free.
    private static func start(
        _ kind: Kind, _ scratch: Scratch, port: UInt16, _ options: [String]
    ) throws -> ChildProcess {
        switch kind {
        case .ours:
            let process = try Harness.start(
                ["registry", "serve", "--address", "127.0.0.1:\(port)", "--root", "\(scratch.path)/root"] + options,
                home: scratch.path)
            try process.waitForOutput("://127.0.0.1:")
            return process
        case .docker:
            let process = try ChildProcess(
                ["/usr/bin/docker-registry", "serve", "\(scratch.path)/config.yml"],
                environment: ["PATH": "/usr/bin:/bin"])
            try process.waitForOutput("listening on")
            return process
        }
    }

    deinit { stop() }

    /// Ends it as an operator does.
    func stop() { process.send(SIGTERM) }

    /// Ends it, and gives everything that it has printed.
    func end() throws -> String {
        stop()
        let outcome = try process.wait(timeout: .seconds(60))
        return outcome.error + outcome.output
    }

    /// Kills it, and starts it anew with the same folder at the same address.
    func killAndRestart() throws {
        process.send(SIGKILL)
        _ = try process.wait(timeout: .seconds(20))
        let port = host.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        process = try Self.start(kind, scratch, port: port, options)
    }

    /// Its process.
    var pid: pid_t { process.pid }

    /// Sends a request over a connection without TLS, and gives the answer with its head.
    ///
    /// - Parameters:
    ///   - line: `METHOD PATH`; empty to say nothing at all.
    ///   - fields: Of the head, in the form of printf(1).
    func ask(_ line: String, _ fields: String = "") throws -> String {
        let port = host.split(separator: ":").last ?? ""
        let request =
            line.isEmpty
            ? "" : "printf '\(line) HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\(fields)\\r\\n' >&3; "
        return try ChildProcess(
            ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); \(request)cat <&3"],
            environment: ["PATH": "/usr/bin:/bin"]
        ).wait().output
    }

    /// Requests that it has told of, as `GET /v2/…`.
    func requests(_ method: String, containing text: String) throws -> Int {
        // Told after they were answered: one that comes later is told later.
        let mark = "mark\(UInt32.random(in: 0 ... .max))"
        _ = try ask("GET /v2/\(mark)/tags/list")
        try process.waitForOutput(mark)
        return (process.error + process.output).split(separator: "\n").filter {
            $0.contains(text) && $0.contains("\(method) /v2/")
        }.count
    }

    /// Variables with which harness trusts the registry's certificate, and keeps its credentials apart.
    func variables(trusting: Bool = true) throws -> [String: String] {
        var variables = ["DOCKER_CONFIG": "\(scratch.path)/docker"]
        if trusting, let certificate = readFile("\(scratch.path)/ca.pem") {
            try scratch.write(String(decoding: certificate, as: UTF8.self), to: "certs/\(host)/ca.crt")
            variables["HARNESS_CERTS"] = "\(scratch.path)/certs"
        }
        return variables
    }

    private static func copy(_ source: String, to target: String) throws {
        guard let bytes = readFile(source) else { throw SpawnError(call: "open \(source)", code: ENOENT) }
        try writeFile(bytes, to: target)
    }

    static func makeCertificate(in folder: String) throws {
        let made = try ChildProcess(
            [
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2",
                "-keyout", "\(folder)/key.pem", "-out", "\(folder)/ca.pem", "-subj", "/CN=test", "-addext",
                "subjectAltName=IP:127.0.0.1",
            ], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        guard made.code == 0 else { throw Store.ImportFailed(error: made.error) }
    }

    private static func configuration(_ folder: String, port: UInt16, tls: Bool, users: Bool) -> String {
        """
        version: 0.1
        log: {accesslog: {disabled: false}, level: info}
        storage: {filesystem: {rootdirectory: \(folder)/root}, delete: {enabled: true}}
        http:
          addr: 127.0.0.1:\(port)
        \(tls ? "  tls: {certificate: \(folder)/ca.pem, key: \(folder)/key.pem}" : "")
        \(users ? "auth: {htpasswd: {realm: test, path: \(folder)/users}}" : "")
        """
    }

    private static func freePort() throws -> UInt16 {
        let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 ? getsockname(socket, generic, &length) : -1
            }
        }
        guard code == 0 else { throw SpawnError(call: "bind", code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Runs skopeo, which must be there.
func skopeo(_ arguments: [String]) throws -> ChildProcess.Outcome {
    try ChildProcess(
        ["/usr/bin/skopeo", "--insecure-policy"] + arguments, environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp"]
    ).wait()
}

/// Runs podman, which must be there, with a store of its own that needs no kernel's overlay.
func podman(_ arguments: [String], in scratch: Scratch) throws -> ChildProcess.Outcome {
    let store = ["--root", "\(scratch.path)/podman", "--runroot", "\(scratch.path)/podman-run"]
    return try ChildProcess(
        ["/usr/bin/podman"] + store + ["--storage-driver", "vfs", "--events-backend", "none"] + arguments,
        environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": scratch.path]
    ).wait(timeout: .seconds(120))
}
