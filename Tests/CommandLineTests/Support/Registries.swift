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
    private let process: ChildProcess

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
        switch kind {
        case .ours:
            var arguments =
                ["registry", "serve", "--address", "127.0.0.1:0", "--root", "\(scratch.path)/root"] + options
            if tls { arguments.append("--tls-self-signed") }
            if users { arguments += ["--htpasswd", "\(scratch.path)/users"] }
            process = try Harness.start(arguments, home: scratch.path)
            try process.waitForOutput("://127.0.0.1:")
            // The address is told on both streams.
            let told = (process.output + process.error).split(whereSeparator: { $0 == "/" || $0 == "\n" || $0 == "," })
            host = String(told.first { $0.hasPrefix("127.0.0.1:") } ?? "")
            if tls { try Self.copy("\(scratch.path)/root/tls/cert.pem", to: "\(scratch.path)/ca.pem") }
        case .docker:
            let port = try Self.freePort()
            host = "127.0.0.1:\(port)"
            if tls { try Self.makeCertificate(in: scratch.path) }
            try scratch.write(Self.configuration(scratch.path, port: port, tls: tls, users: users), to: "config.yml")
            process = try ChildProcess(
                ["/usr/bin/docker-registry", "serve", "\(scratch.path)/config.yml"],
                environment: ["PATH": "/usr/bin:/bin"])
            try process.waitForOutput("listening on")
        }
    }

    deinit { stop() }

    /// Ends it as an operator does.
    func stop() { process.send(SIGTERM) }

    /// Requests that it has told of, as `GET /v2/…`.
    func requests(_ method: String, containing text: String) throws -> Int {
        try process.pause(for: .milliseconds(200))
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

    private static func makeCertificate(in folder: String) throws {
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
