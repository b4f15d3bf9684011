import Glibc
import Testing

@Suite("Networks of an environment", .needsRoot())
struct NetworkTests {
    private static let server =
        "image: busybox, command: [httpd, -f, -p, '80', -h, /etc], ready: {tcp: 80, timeout: 60s}"
    private static let idle = "image: busybox, command: [sleep, '1000']"

    /// `front` has web and api, `back` has api and db.
    private static let tiers = """
        services:
          web: {\(idle), networks: [front], extra_hosts: ["there=10.214.0.3", "here=10.214.0.2"]}
          api: {\(server), networks: [front, back]}
          db: {\(server), networks: {back: {aliases: [data]}}}
        networks: {front: , back: }

        """

    @Test("containers reach each other on a shared network, by their names and aliases there")
    func shared() throws {
        let fixture = try Fixture(Self.tiers + "test: {on: api}")
        #expect(try fixture.output(of: "for n in db data; do wget -q -O - http://$n/hostname; done") == "db\ndb")
    }

    @Test(
        "containers on different networks reach each other neither by name nor by address, whatever the host forwards")
    func apart() throws {
        let fixture = try Fixture(Self.tiers + "test: {on: web}")
        let script = """
            wget -q -O - http://api/hostname
            grep -c db /etc/hosts; nslookup db >/dev/null 2>&1 && echo known
            for a in there here; do timeout 5 wget -q -O - http://$a/hostname && echo reached $a; done; true
            """
        #expect(try fixture.output(of: script) == "api\n0")
    }

    @Test("the test on the host is on every network")
    func host() throws {
        let fixture = try Fixture(Self.tiers)
        let script = "for n in api db data; do /bin/busybox wget -q -O - http://$n/hostname; done"
        #expect(try fixture.output(of: script) == "api\ndb\ndb")
    }

    @Test(
        "addresses, hardware address, interface name and packet size are as given, and environments don't mind each other"
    )
    func fixed() throws {
        let text = """
            services:
              s:
                \(Self.idle.replacing(", command", with: "\n    command"))
                networks:
                  lan: {ipv4_address: 172.28.0.77, mac_address: '02:11:22:33:44:55', interface_name: lan0}
            networks:
              lan:
                driver_opts: {com.docker.network.driver.mtu: 1337}
                ipam: {config: [{subnet: 172.28.0.0/24, gateway: 172.28.0.254}]}
            test: {on: s}
            """
        let first = try Fixture(text)
        let second = try Fixture(text)
        let waiting = try first.start(["sh", "-c", "echo up; sleep 1000"])
        try waiting.waitForOutput("up")
        let script = """
            cat /sys/class/net/lan0/address /sys/class/net/lan0/mtu
            ip -4 -o addr show lan0 | awk '{print $4}'; ip route | grep default
            """
        #expect(
            try second.output(of: script)
                == "02:11:22:33:44:55\n1337\n172.28.0.77/24\ndefault via 172.28.0.254 dev lan0 ")
        waiting.send(SIGTERM)
        #expect(try waiting.wait().code == 143)
    }

    @Test("with IPv6 a container has an address at once, and its name leads to both")
    func version6() throws {
        let fixture = try Fixture(
            """
            services:
              a: {image: busybox, command: [httpd, -f, -p, '[::]:80', -h, /etc], networks: [six], ready: {tcp: 80, timeout: 60s}}
              b:
                image: busybox
                command: [sleep, '1000']
                networks: {six: {ipv6_address: 'fd00:9::77'}}
                ready: {exec: [wget, -q, -O, /dev/null, 'http://[fd00:9::2]/hostname'], timeout: 60s}
            networks: {six: {enable_ipv6: true, ipam: {config: [{subnet: 'fd00:9::/64'}]}}}
            test: {on: b}
            """)
        let script = """
            ip -6 -o addr show eth0 scope global | awk '{print $4}'; ip -6 route | grep default
            wget -q -O - http://[fd00:9::2]/hostname; awk '/^fd00/ && $2 == "a" {print $1}' /etc/hosts
            """
        let output = try fixture.output(of: script)
        #expect(output.hasPrefix("fd00:9::77/64\ndefault via fd00:9::1 dev eth0"), "\(output)")
        #expect(output.hasSuffix("\na\nfd00:9::2"), "\(output)")
    }

    @Test(
        "the default route leads through the network that is preferred",
        arguments: [("a", "10.44.1"), ("b", "10.44.2")])
    func preferredGateway(network: String, prefix: String) throws {
        let other = network == "a" ? "b" : "a"
        let fixture = try Fixture(
            """
            services: {s: {\(Self.idle), networks: {\(other): , \(network): {gw_priority: 5}}}}
            networks: {a: {ipam: {config: [{subnet: 10.44.1.0/24}]}}, b: {ipam: {config: [{subnet: 10.44.2.0/24}]}}}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "ip route | grep default").contains("via \(prefix).1 "))
    }

    @Test("an internal network has no default route")
    func isInternal() throws {
        let fixture = try Fixture(
            """
            services: {s: {\(Self.idle), networks: [inside]}}
            networks: {inside: {internal: true}}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "ip route | grep -c default; true") == "0")
    }

    @Test("a service without network has only its loopback interface")
    func none() throws {
        let fixture = try Fixture("services: {s: {\(Self.idle), network_mode: none}}\ntest: {on: s}")
        #expect(try fixture.output(of: "ls /sys/class/net; ip -4 -o addr | awk '{print $4}'") == "lo\n127.0.0.1/8")
    }

    @Test("a service may have another's network, its host name and its names")
    func ofService() throws {
        let fixture = try Fixture(
            """
            services:
              main: {\(Self.idle), hostname: principal}
              side: {\(Self.server), network_mode: 'service:main'}
              third: {\(Self.idle)}
            test: {on: main}
            """)
        let script = "hostname; wget -q -O - http://127.0.0.1/hostname; wget -q -O - http://side/hostname"
        #expect(try fixture.output(of: script) == "principal\nprincipal\nprincipal")
    }

    @Test("a service on the host's network sees the host's interfaces, and changes nothing of the host's")
    func ofHost() throws {
        let fixture = try Fixture(
            "services: {s: {\(Self.idle), network_mode: host}}\ntest: {on: s}")
        let check = try LeakCheck(fixture)
        let setting = readText("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        #expect(
            try fixture.output(of: "ls /sys/class/net | tr '\\n' ' '")
                == entries("/sys/class/net").map { "\($0) " }.joined())
        #expect(readText("/proc/sys/net/ipv4/ip_unprivileged_port_start") == setting)
        #expect(try check.leftovers() == [])
    }

    @Test("links, further hosts, search domains, options and the domain's name are where programs look for them")
    func names() throws {
        let fixture = try Fixture(
            """
            services:
              db: {\(Self.server)}
              s:
                image: busybox
                command: [sleep, "1000"]
                links: ["db:database"]
                extra_hosts: ["one:10.9.8.7", "six=[fd00::1]", "up=host-gateway"]
                dns_search: [a.example, b.example]
                dns_opt: ["timeout:3"]
                domainname: example.com
            test: {on: s}
            """)
        let script = """
            wget -q -O - http://database/hostname
            grep -E '\\b(one|six|up)$' /etc/hosts | tr '\\t' ' '; grep -E '^(search|options|nameserver)' /etc/resolv.conf
            hostname -f; cat /proc/sys/kernel/domainname
            """
        #expect(
            try fixture.output(of: script) == """
                db
                10.9.8.7 one
                fd00::1 six
                169.254.213.1 up
                nameserver 127.0.0.11
                search a.example b.example
                options timeout:3 ndots:0
                s.example.com
                example.com
                """)
    }

    @Test(
        "what can't be is an error at its place",
        arguments: [
            ("services: {s: {image: busybox, networks: [lost]}}", "3:43: error"),
            ("services: {s: {image: busybox, networks: [x]}}\nnetworks: {x: {external: true}}", "4:12: error"),
            ("services: {s: {image: busybox, network_mode: 'container:x'}}", "is no network of the environment"),
        ])
    func errors(text: String, message: String) throws {
        let outcome = try Fixture("# two\n\(text)").run(["true"])
        #expect(outcome.code == 65)
    }
}
