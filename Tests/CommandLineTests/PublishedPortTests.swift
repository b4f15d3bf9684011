import Glibc
import Testing

@Suite("Published TCP ports", .needsRoot())
struct PublishedPortTests {
    private static let perl = "volumes: [/usr:/usr:ro, /lib:/lib:ro, /lib64:/lib64:ro]"

    /// Starts an environment that stays, and gives the host's ports by the container's.
    private func start(_ text: String) throws -> (fixture: Fixture, run: ChildProcess, ports: [String: String]) {
        let fixture = try Fixture(text)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"], options: ["--progress", "plain"])
        try run.waitForOutput("up\n")
        let matches = run.error.matches(of: /port ([0-9]+)\/tcp is at (\S+):([0-9]+)/)
        return (fixture, run, Dictionary(matches.map { (String($0.1), String($0.3)) }, uniquingKeysWith: { $1 }))
    }

    private func perl(_ script: String, _ arguments: String...) throws -> ChildProcess.Outcome {
        try ChildProcess(["/usr/bin/perl", "-e", script] + arguments, environment: [:]).wait()
    }

    private func stop(_ run: ChildProcess) throws {
        run.send(SIGTERM)
        #expect(try run.wait().code == 143)
    }

    @Test("are reached at the address that is given, of either version", arguments: ["127.0.0.1", "[::1]", "0.0.0.0"])
    func addresses(address: String) throws {
        let (fixture, run, ports) = try start(
            "services: {s: {image: busybox, command: [httpd, -f, -p, '80', -h, /etc], ports: ['\(address)::80'], ready: {tcp: 80, timeout: 60s}}}"
        )
        let port = try #require(ports["80"], "\(run.error)")
        let peer = address == "0.0.0.0" ? "127.0.0.1" : address
        let script = """
            use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerAddr => "\(peer.filter { !"[]".contains($0) })", PeerPort => $ARGV[0]) or die $@;
            print $s "GET /hostname HTTP/1.0\\r\\n\\r\\n"; my @l = <$s>; print $l[-1]
            """
        #expect(try perl(script, port).output == "s\n")
        try stop(run)
        withExtendedLifetime(fixture) {}
    }

    @Test("pass on the end of one direction while the other goes on")
    func halfClose() throws {
        let server =
            "use IO::Socket::INET; my $$t = IO::Socket::INET->new(LocalPort => 7, Listen => 9, ReuseAddr => 1); while (my $$c = $$t->accept) { local $$/; my $$all = <$$c>; print $$c length($$all); close $$c }"
        let (fixture, run, ports) = try start(
            "services: {s: {image: busybox, \(Self.perl), command: [/usr/bin/perl, -e, '\(server)'], ports: ['7'], ready: {tcp: 7, timeout: 60s}}}"
        )
        let script =
            "use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0]); print $s 'x' x 3000000; shutdown($s, 1); local $/; print <$s>"
        #expect(try perl(script, ports["7"] ?? "0").output == "3000000")
        try stop(run)
        withExtendedLifetime(fixture) {}
    }

    @Test("pass on a reset, from the service and where nobody listens")
    func reset() throws {
        let server =
            "use Socket; use IO::Socket::INET; my $$t = IO::Socket::INET->new(LocalPort => 7, Listen => 9, ReuseAddr => 1); while (my $$c = $$t->accept) { sysread($$c, my $$b, 1); setsockopt($$c, SOL_SOCKET, SO_LINGER, pack(\\\"ii\\\", 1, 0)); close $$c }"
        let (fixture, run, ports) = try start(
            "services: {s: {image: busybox, \(Self.perl), command: [/usr/bin/perl, -e, \"\(server)\"], ports: ['7', '8'], ready: {tcp: 7, timeout: 60s}}}"
        )
        let script =
            "use Errno; use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0]); syswrite($s, 'x') if $ARGV[1]; my $n = sysread($s, my $b, 9); print defined $n ? 'end' : $!{ECONNRESET} ? 'reset' : $!"
        #expect(try perl(script, ports["7"] ?? "0", "1").output == "reset")
        #expect(try perl(script, ports["8"] ?? "0", "").output == "reset")
        try stop(run)
        withExtendedLifetime(fixture) {}
    }

    @Test(
        "that are taken are named with who holds them before anything boots",
        .onlyAsRoot("the holder is another user's process"), arguments: ["127.0.0.1", "::"])
    func taken(address: String) throws {
        let script =
            "use IO::Socket::IP; my $s = IO::Socket::IP->new(LocalAddr => $ARGV[0], LocalPort => 0, Listen => 1, V6Only => 0); $| = 1; print $s->sockport, \"\\n\"; sleep 100"
        let holder = try ChildProcess(["/usr/bin/perl", "-e", script, address], environment: [:])
        try holder.waitForOutput("\n")
        let port = String(holder.output.dropLast())
        let outcome = try Fixture(
            "services: {s: {image: busybox, command: [sleep, '1000'], ports: ['0.0.0.0:\(port):80']}}"
        ).run(["echo", "ran"])
        #expect(outcome.code == 69)
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.contains("perl (pid \(holder.pid))"), "\(outcome.error)")
        holder.send(SIGKILL)
    }

    @Test("of a range are each their own, and a range for one takes the first that is free")
    func ranges() throws {
        let (fixture, run, ports) = try start(
            "services: {s: {image: busybox, command: [sleep, '1000'], ports: ['21700-21702:80-82', '21700-21709:90']}}")
        #expect(ports == ["80": "21700", "81": "21701", "82": "21702", "90": "21703"], "\(run.error)")
        try stop(run)
        withExtendedLifetime(fixture) {}
    }
}
