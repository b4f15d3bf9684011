import Addresses
import DNS
import Testing

@Suite("resolv.conf")
struct ResolverConfigurationTests {
    @Test("is read as the C library reads it")
    func reading() {
        let read = ResolverConfiguration(
            """
            # a comment
            nameserver 10.0.0.1
            nameserver fe80::1%eth0
            nameserver\t2001:db8::1
            domain first.example
            search a.example  b.example .
            options ndots:2 rotate
            options timeout:1
            """)
        #expect(read.nameServers.map(\.description) == ["10.0.0.1", "2001:db8::1"])
        #expect(read.searchDomains == ["a.example", "b.example"])
        #expect(read.options == ["ndots:2", "rotate", "timeout:1"])
    }

    @Test("is written with the one name server, and the host's domains and options unless others are given")
    func writing() {
        let host = ResolverConfiguration("nameserver 10.0.0.1\nsearch a.example\noptions ndots:2\n")
        let server = IPv4Address(127, 0, 0, 11)
        #expect(
            host.configuration(nameServer: server) == """
                # Made by harness. Names of the environment are answered here, others are passed on.
                nameserver 127.0.0.11
                search a.example
                options ndots:2
                # Passed on to: 10.0.0.1

                """)
        let own = host.configuration(nameServer: server, searchDomains: [], options: ["rotate"])
        #expect(own.contains("\noptions rotate ndots:0\n"))
        #expect(!own.contains("search"))
    }
}
