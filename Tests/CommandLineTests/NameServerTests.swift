import Glibc
import Testing

@Suite("Names in containers", .needsRoot())
struct NameServerTests {
    private static let idle = "image: busybox, command: [sleep, '1000']"
    /// Debian's C library, seen from a container of busybox.
    private static let hostPrograms = "volumes: [/usr:/usr:ro, /lib:/lib:ro, /lib64:/lib64:ro]"

    /// Without lines of the service in /etc/hosts: only the name server can tell.
    private static let withoutHosts = "echo 127.0.0.1 localhost > /etc/hosts"

    @Test("busybox's nslookup finds a service's addresses, and names for addresses")
    func nslookup() throws {
        let fixture = try Fixture("services: {a: {\(Self.idle)}, db: {\(Self.idle)}}\ntest: {on: a}")
        let script = """
            nslookup db | tail -n +3; nslookup -type=ptr 3.0.213.10.in-addr.arpa | grep name
            nslookup DB.\(fixture.name)_default | grep -c 10.213.0.3
            """
        let text = try fixture.output(of: script)
        #expect(text.contains("Name:\tdb\nAddress: 10.213.0.3"), "\(text)")
        #expect(text.contains("name = db"), "\(text)")
        #expect(text.hasSuffix("\n1"), "\(text)")
    }

    @Test("both C libraries find a service over the name server, its IPv6 addresses too", arguments: [true, false])
    func libraries(isGlibc: Bool) throws {
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), \(Self.hostPrograms), networks: [six]}
              db: {\(Self.idle), networks: [six]}
            networks: {six: {enable_ipv6: true, ipam: {config: [{subnet: 'fd00:9::/64'}]}}}
            test: {on: a}
            """)
        let perl =
            "use Socket qw(:all); for (6, 4) { my ($e, @r) = getaddrinfo('db', '', {family => $_ == 6 ? AF_INET6 : AF_INET, socktype => SOCK_STREAM}); print join(' ', $e, map { (getnameinfo($_->{addr}, NI_NUMERICHOST))[1] } @r), \"\\n\" }"
        if isGlibc {
            try fixture.scratch.write(perl, to: "look.pl")
            let text = try fixture.output(
                of: "\(Self.withoutHosts); /usr/bin/perl -e '\(perl.replacing("'", with: "'\\''"))'")
            #expect(text == " fd00:9::3\n 10.213.0.3", "\(text)")
        } else {
            #expect(try fixture.output(of: "\(Self.withoutHosts); ping -c 1 -W 2 db | head -1").contains("db ("))
        }
    }

    @Test("a name with an address of the other version only exists, and an unknown one does not")
    func empty() throws {
        let fixture = try Fixture(
            """
            services: {a: {\(Self.idle), networks: [inside]}, db: {\(Self.idle), networks: [inside]}}
            networks: {inside: {internal: true}}
            test: {on: a}
            """)
        let script = "nslookup -type=aaaa db; echo $?; nslookup -type=a nobody 2>&1"
        let outcome = try fixture.run(["sh", "-c", script])
        #expect(outcome.output.contains("No answer") || outcome.output.contains("0\n"), "\(outcome.output)")
        #expect(outcome.output.contains("can't find nobody: NXDOMAIN"), "\(outcome.output)")
    }

    @Test("a name that several have leads to all of them, another one first each time")
    func rotation() throws {
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), networks: [lan]}
              one: {\(Self.idle), networks: {lan: {aliases: [worker]}}}
              two: {\(Self.idle), networks: {lan: {aliases: [worker]}}}
            networks: {lan: }
            test: {on: a}
            """)
        let script =
            "for n in 1 2 3 4; do nslookup -type=a worker | grep ^Address | tail -n 2 | head -n 1; done | sort | uniq -c | wc -l; nslookup -type=a worker | grep -c 10.213.0"
        #expect(try fixture.output(of: script) == "2\n2")
    }

    @Test("names of the outside are asked for where 'dns' says, over TCP too, and its answers come back")
    func forwarding() throws {
        let server = """
            use IO::Socket::INET; use IO::Select;
            my $$u = IO::Socket::INET->new(LocalPort => 53, Proto => "udp") or die; my $$t = IO::Socket::INET->new(LocalPort => 53, Listen => 5, ReuseAddr => 1) or die;
            sub answer { my ($$q) = @_; return substr($$q, 0, 2) . pack("n5", 0x8180, 1, 1, 0, 0) . substr($$q, 12, index($$q, "\\0", 12) - 12 + 5) . pack("n3Nn", 0xc00c, 1, 1, 60, 4) . pack("C4", 192, 0, 2, 7) }
            my $$s = IO::Select->new($$u, $$t);
            while (my @r = $$s->can_read) { for (@r) { if ($$_ == $$u) { my $$p = recv($$u, my $$b, 4096, 0); send($$u, answer($$b), 0, $$p) } else { my $$c = $$t->accept; read($$c, my $$l, 2); read($$c, my $$b, unpack("n", $$l)); my $$a = answer($$b); print $$c pack("n", length $$a), $$a; close $$c } } }
            """
        let fixture = try Fixture(
            """
            services:
              a: {\(Self.idle), \(Self.hostPrograms), networks: [lan], dns: 10.44.0.53, depends_on: {ns: {condition: service_healthy}}}
              ns:
                image: busybox
                \(Self.hostPrograms)
                command: [/usr/bin/perl, /server.pl]
                configs: [{source: server, target: /server.pl}]
                expose: ["53/udp"]
                networks: {lan: {ipv4_address: 10.44.0.53}}
                ready: {tcp: 53, timeout: 60s}
            networks: {lan: {ipam: {config: [{subnet: 10.44.0.0/24}]}}}
            configs:
              server:
                content: |
            \(server.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
            test: {on: a}
            """)
        let script = """
            nslookup -type=a www.example.com | grep -c 192.0.2.7
            /usr/bin/dig +tcp +short www.example.com; /usr/bin/dig +noedns +short other.example.com
            """
        #expect(try fixture.output(of: script) == "1\n192.0.2.7\n192.0.2.7")
    }

    @Test("a service that has port 53 for itself knows names too")
    func ownServer() throws {
        let fixture = try Fixture(
            """
            services:
              ns: {image: busybox, command: [nc, -l, -p, "53"], expose: ["53"], ready: {file: /etc/hosts, timeout: 60s}}
              db: {\(Self.idle)}
            test: {on: ns}
            """)
        #expect(try fixture.output(of: "\(Self.withoutHosts); nslookup db | grep -c 10.213.0.3") == "1")
    }

    @Test("the test on the host knows names without /etc/hosts")
    func hostTest() throws {
        let fixture = try Fixture("services: {db: {\(Self.idle)}}")
        #expect(try fixture.output(of: "/bin/busybox nslookup db | grep -c 10.213.0.2") == "1")
    }
}
