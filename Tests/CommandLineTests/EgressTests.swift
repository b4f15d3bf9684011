import Glibc
import Testing

@Suite("The way out of an environment", .needsRoot(), .serialized)
struct EgressTests {
    private static let idle = "image: busybox, command: [sleep, '1000']"

    /// Answers over TCP and UDP on one port of the host, until it is killed; perl is part of every Debian system.
    private static let server = """
        use IO::Socket::INET; use IO::Select; $| = 1;
        my $t = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => 0, Listen => 9) or die;
        my $u = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $t->sockport, Proto => "udp") or die;
        print "port ", $t->sockport, "\\n"; my $s = IO::Select->new($t, $u);
        while (my @r = $s->can_read) { for (@r) {
          if ($_ == $u) { my $p = recv($u, my $b, 999, 0); send($u, "udp:$b", 0, $p) }
          else { my $c = $t->accept; my $l = <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nanswer\\n"; close $c } } }
        """

    private func serve(on address: String) throws -> (process: ChildProcess, port: String) {
        let process = try ChildProcess(["/usr/bin/perl", "-e", Self.server, address], environment: [:])
        try process.waitForOutput("\n")
        let port = try #require(process.output.firstMatch(of: /port ([0-9]+)/)?.1)
        return (process, String(port))
    }

    /// An address of the host that is not its loopback's; `nil` where it has none.
    private func hostAddress() throws -> String? {
        let program = try ChildProcess(
            ["/usr/bin/env", "ip", "-4", "-o", "addr", "show", "scope", "global"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        return try program.wait().output.firstMatch(of: /inet ([0-9.]+)/).map { String($0.1) }
    }

    /// The processes that lead out of environments.
    private func pastas() -> [String] {
        entries("/proc").filter { readText("/proc/\($0)/cmdline")?.contains("169.254.213.1") ?? false }
    }

    private func waitForNoPasta() -> [String] {
        let deadline = ContinuousClock.now + .seconds(120)
        while !pastas().isEmpty, ContinuousClock.now < deadline { poll(nil, 0, 5) }
        return pastas()
    }

    @Test(
        "the first connection gets there, and so do those that follow, from a container and from a test on the host",
        arguments: ["a", "host"])
    func host(place: String) throws {
        let address = try #require(try hostAddress(), "the host has no address")
        let server = try serve(on: address)
        // busybox is called by name: its static C library can't do without /etc/hosts.
        let fixture = try Fixture(
            "services: {a: {\(Self.idle), extra_hosts: [\"out=\(address)\"]}}\ntest: {on: \(place)}")
        let check = try LeakCheck(fixture)
        let ask = "exec 3<>/dev/tcp/\(address)/\(server.port); echo >&3; tail -n 1 <&3"
        let script =
            place == "host"
            ? "for n in 1 2 3; do bash -c '\(ask)'; done"
            : "for n in 1 2 3; do timeout 5 wget -q -O - http://out:\(server.port)/; done"
        #expect(try fixture.output(of: script) == "answer\nanswer\nanswer")
        #expect(try check.leftovers() == [])
        #expect(waitForNoPasta() == [])
        server.process.send(SIGKILL)
    }

    @Test("'host-gateway' leads to what listens on the host's loopback interface, by stream and by datagram")
    func loopback() throws {
        let server = try serve(on: "127.0.0.1")
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), extra_hosts: ["up=host-gateway"], networks: [one, two], volumes: [/usr:/usr:ro, /lib:/lib:ro, /lib64:/lib64:ro]}
              b: {\(Self.idle), networks: [two]}
            networks: {one: , two: }
            test: {on: a}
            """)
        let ask =
            "use IO::Socket::INET; my $u = IO::Socket::INET->new(PeerAddr => \"up\", PeerPort => $ENV{P}, Proto => \"udp\"); alarm 5; send($u, \"x\", 0); recv($u, my $b, 99, 0); print \"$b\\n\""
        let script = "export A=up P=\(server.port); timeout 5 wget -q -O - http://up:$P/; /usr/bin/perl -e '\(ask)'"
        #expect(try fixture.output(of: script) == "answer\nudp:x")
        server.process.send(SIGKILL)
    }

    @Test(
        "without 'host-gateway' nothing on the host's loopback interface is reached, by address or by name",
        arguments: ["up=host-gateway", "up=192.0.2.1"])
    func undeclared(other: String) throws {
        let server = try serve(on: "127.0.0.1")
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), extra_hosts: ["\(other)"]}
              b: {\(Self.idle)}
            test: {on: b}
            """)
        let script = """
            for a in 169.254.213.1 host.docker.internal; do
                timeout 5 wget -q -O - http://$a:\(server.port)/ && echo reached $a
            done
            nslookup -type=a host.docker.internal >/dev/null && echo known
            echo tried
            """
        #expect(try fixture.output(of: script) == "tried")
        server.process.send(SIGKILL)
    }

    @Test("whoever has 'host-gateway' finds the host as 'host.docker.internal', and so does a test on the host")
    func declared() throws {
        let server = try serve(on: "127.0.0.1")
        let file = "services: {a: {\(Self.idle), extra_hosts: ['host.docker.internal:host-gateway']}}"
        let inside = try Fixture("\(file)\ntest: {on: a}")
        let script = """
            nslookup -type=a host.docker.internal | grep -c 169.254.213.1
            timeout 5 wget -q -O - http://host.docker.internal:\(server.port)/
            """
        #expect(try inside.output(of: script) == "1\nanswer")
        let outside = try Fixture("services: {a: {\(Self.idle)}}")
        let ask = "exec 3<>/dev/tcp/host.docker.internal/\(server.port); echo >&3; tail -n 1 <&3"
        #expect(try outside.output(of: "bash -c '\(ask)'") == "answer")
        server.process.send(SIGKILL)
    }

    @Test("whoever takes pasta over is nobody on the host, or the caller who is not root, without a capability there")
    func unprivileged() throws {
        let server = try serve(on: "127.0.0.1")
        let fixture = try Fixture("services: {a: {\(Self.idle), extra_hosts: ['up=host-gateway']}}\ntest: {on: a}")
        let run = try fixture.start([
            "sh", "-c", "timeout 5 wget -q -O - http://up:\(server.port)/; echo up; sleep 1000",
        ])
        try run.waitForOutput("up\n")
        #expect(run.output == "answer\nup\n")
        let pasta = try #require(pastas().first, "pasta does not run")
        let status = try #require(readText("/proc/\(pasta)/status"))
        // Without root it is the caller, in the sandbox's user namespace.
        let user = Caller.standard == .root ? 65_534 : try Caller.standard.uid
        for kind in ["Uid", "Gid"] {
            #expect(status.contains("\(kind):\t\(user)\t\(user)\t\(user)\t\(user)"), "\(status)")
        }
        // Its capabilities are those of a user namespace of its own.
        #expect(try linkTarget("/proc/\(pasta)/ns/user") != linkTarget("/proc/self/ns/user"))
        run.send(SIGTERM)
        #expect(try run.wait().code == 143)
        #expect(waitForNoPasta() == [])
        server.process.send(SIGKILL)
    }

    private func linkTarget(_ path: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count)
        try #require(count > 0, "\(path)")
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test("containers of two networks get out, and still not to each other")
    func apart() throws {
        let server = try serve(on: "127.0.0.1")
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), networks: [one], extra_hosts: ["up=host-gateway", "apart=10.44.0.9"]}
              b: {image: busybox, command: [httpd, -f, -p, '80', -h, /etc], networks: {two: {ipv4_address: 10.44.0.9}}, ready: {tcp: 80, timeout: 60s}}
            networks: {one: , two: {ipam: {config: [{subnet: 10.44.0.0/24}]}}}
            test: {on: a}
            """)
        let script = """
            timeout 5 wget -q -O - http://up:\(server.port)/
            timeout 5 wget -q -O - http://apart/hostname && echo reached; true
            """
        #expect(try fixture.output(of: script) == "answer")
        server.process.send(SIGKILL)
    }

    @Test("nothing leads out of an internal network")
    func isInternal() throws {
        let server = try serve(on: "127.0.0.1")
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), networks: [inside], cap_add: [NET_ADMIN], extra_hosts: ["up=169.254.213.1"]}
              b: {\(Self.idle), networks: [outside]}
            networks: {inside: {internal: true}, outside: }
            test: {on: a}
            """)
        let script = """
            ip route add default via 10.213.0.1 && echo routed
            timeout 5 wget -q -O - http://up:\(server.port)/ && echo reached; true
            """
        #expect(try fixture.output(of: script) == "routed")
        #expect(pastas() == [])
        server.process.send(SIGKILL)
    }

    @Test("without pasta there is one notice, at the first try, and everything else works")
    func missing() throws {
        let fixture = try Fixture(
            "services: {a: {\(Self.idle), extra_hosts: ['out=192.0.2.1', 'up=host-gateway']}, b: {\(Self.idle)}}\ntest: {on: a}"
        )
        let empty = try fixture.scratch.makeDirectory("bin")
        let script =
            "for n in 1 2; do timeout 5 wget -q -O - http://out/ 2>/dev/null && echo reached; done; nslookup -type=a b | grep -c 10.213.0.3"
        let outcome = try fixture.run(["sh", "-c", script], variables: ["PATH": empty])
        #expect(outcome.output == "1\n", "\(outcome.error)")
        #expect(outcome.error.matches(of: /containers can't reach the outside/).count == 1, "\(outcome.error)")
        #expect(outcome.error.contains("install the package passt"))
        let quiet = try fixture.run(["true"], variables: ["PATH": empty])
        #expect(!quiet.error.contains("outside"))
    }

    @Test("killed while the way out opens, nothing is left")
    func killed() throws {
        let fixture = try Fixture("services: {a: {\(Self.idle), extra_hosts: ['up=host-gateway']}}\ntest: {on: a}")
        let check = try LeakCheck(fixture)
        for number in 0..<8 {
            let run = try fixture.start(["sh", "-c", "echo up; timeout 5 wget -q -O - http://up:9/; sleep 1000"])
            try run.waitForOutput("up")
            try run.pause(for: .milliseconds(number * 12))
            let launchers = number % 2 == 0 ? children(of: run.pid) : []
            run.send(SIGKILL)
            for launcher in launchers { _ = kill(launcher, SIGKILL) }
            _ = try run.wait()
            #expect(try check.leftovers(withDirectories: false) == [], "after \(number * 12) ms")
            #expect(waitForNoPasta() == [], "after \(number * 12) ms")
        }
        #expect(try Harness.run(["gc"], home: fixture.home).code == 0)
        #expect(try check.leftovers() == [])
    }
}
