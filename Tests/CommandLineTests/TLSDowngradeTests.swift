import Glibc
import ScriptedRegistry
import Testing

/// A registry that is spoken to by TLS and leads to plain HTTP: nobody is asked there, and nothing is sent.
@Suite("From TLS to plain HTTP", .needsRoot(), .needsPrograms("python3", "openssl"))
struct TLSDowngradeTests {
    /// Answers `/v2/`, and everything else with what the first argument names; the second is where it leads to.
    private static let server = """
        import http.server, ssl, sys
        kind, target = sys.argv[1:3]
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def answer(self):
                fields = {}
                status = 200
                if self.path != "/v2/":
                    if kind == "redirect": status, fields = 307, {"Location": target}
                    elif kind == "token": status, fields = 401, {"WWW-Authenticate": 'Bearer realm="' + target + '"'}
                    elif self.command == "POST": status, fields = 202, {"Location": target}
                    else: status = 404
                self.send_response(status)
                for name, value in fields.items(): self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()
            do_GET = do_HEAD = do_POST = answer
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("ca.pem", "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print("port", server.server_address[1], flush=True)
        server.serve_forever()
        """

    @Test(
        "is not followed",
        arguments: [
            ("redirect", ["image", "pull", "NAME"], "redirects from TLS to plain HTTP"),
            ("token", ["image", "pull", "NAME"], "sends for a token over plain HTTP"),
            ("upload", ["image", "push", "app", "NAME"], "sends an upload from TLS to plain HTTP"),
        ] as [(String, [String], String)])
    func refused(kind: String, arguments: [String], message: String) throws {
        let scratch = try Scratch()
        let home = try scratch.makeDirectory("home")
        try LayeredImage(sizes: [1000], seed: 11).load(as: "app", into: home, scratch: scratch)
        try Registry.makeCertificate(in: scratch.path)
        try scratch.write(Self.server, to: "server.py")
        let plain = try ScriptedRegistry { _ in .reply(200) }
        let server = try ChildProcess(
            [
                "/usr/bin/env", "--chdir=\(scratch.path)", "python3", "server.py", kind,
                "http://\(plain.host)/elsewhere",
            ], environment: ["PATH": "/usr/bin:/bin"])
        try server.waitForOutput("port ")
        let port = try #require(server.output.split(whereSeparator: \.isWhitespace).last)
        let host = "127.0.0.1:\(port)"
        try scratch.write(readText("\(scratch.path)/ca.pem") ?? "", to: "certs/\(host)/ca.crt")
        let outcome = try Harness.run(
            arguments.map { $0 == "NAME" ? "\(host)/app:1" : $0 }, home: home,
            variables: ["HARNESS_CERTS": "\(scratch.path)/certs"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains(message), "\(outcome.error)")
        #expect(plain.requests.isEmpty)
    }
}
