import Glibc
import Testing

@Suite("Published UDP ports", .needsRoot())
struct PublishedDatagramTests {
    /// Perl is part of every Debian system; the image has no program that speaks UDP.
    private static let server = """
        socket(S, PF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(9000, INADDR_ANY)); \
        while (my $$a = recv(S, my $$b, 65535, 0)) { send(S, "re:$$b", 0, $$a) }
        """
    private static let client = """
        socket(S, PF_INET, SOCK_DGRAM, 0); connect(S, sockaddr_in($ARGV[0], inet_aton("127.0.0.1"))); \
        for my $word (@ARGV[1..$#ARGV]) { for (1..50) { send(S, $word, 0); my $r = ""; vec($r, fileno(S), 1) = 1; \
        next unless select($r, undef, undef, 0.2); recv(S, my $b, 65535, 0); print "$b\\n"; last } }
        """

    @Test("each client gets the answers to what it has sent")
    func answers() throws {
        let fixture = try Fixture(
            """
            services:
              echo:
                image: busybox
                volumes: [/usr:/usr:ro, /lib:/lib:ro, /lib64:/lib64:ro]
                command: [/usr/bin/perl, -MSocket, -e, '\(Self.server)']
                ports: [9000/udp]
            """)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"], options: ["--progress", "plain"])
        try run.waitForOutput("up\n")
        let port = try #require(run.error.firstMatch(of: /port 9000\/udp is at 127\.0\.0\.1:([0-9]+)/)?.1)
        let clients = try [["a", "b"], ["c"]].map { words in
            try ChildProcess(
                ["/usr/bin/perl", "-MSocket", "-e", Self.client, String(port)] + words, environment: [:])
        }
        #expect(try clients.map { try $0.wait().output } == ["re:a\nre:b\n", "re:c\n"])
        run.send(SIGTERM)
        #expect(try run.wait().code == 143)
    }
}
