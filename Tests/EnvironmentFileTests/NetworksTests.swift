import Addresses
import EnvironmentFile
import OrderedCollections
import Testing

@Suite("Networks in the file")
struct NetworksTests {
    @Test("a list names networks, a mapping says more of them")
    func attachments() throws {
        let list = try load(
            "services: {s: {image: i, networks: [b, a]}}\nnetworks: {a: , b: }\n")
        #expect(list.messages == [])
        #expect(list.service?.networking.attachments.keys == ["b", "a"])
        let loaded = try load(
            """
            services:
              s:
                image: i
                networks:
                  a:
                    aliases: [www, db.example]
                    ipv4_address: 172.28.0.9
                    ipv6_address: fd00::9
                    mac_address: 02-11-22-33-44-55
                    priority: 10
                    gw_priority: 2
                    interface_name: lan0
            networks:
              a:
                name: real
                internal: true
                enable_ipv6: true
                driver_opts: {com.docker.network.driver.mtu: 1400}
                ipam:
                  config:
                    - {subnet: 172.28.0.0/16, gateway: 172.28.0.254, ip_range: 172.28.5.0/24, aux_addresses: {x: 172.28.5.1}}
                    - {subnet: 'fd00::/64'}
            """)
        #expect(loaded.messages == [])
        let attachment = try #require(loaded.service?.networking.attachments["a"])
        #expect(attachment.aliases == ["www", "db.example"])
        #expect(attachment.address == IPv4Address(172, 28, 0, 9))
        #expect(attachment.address6 == IPv6Address("fd00::9"))
        #expect(attachment.hardwareAddress?.description == "02:11:22:33:44:55")
        #expect((attachment.priority, attachment.gatewayPriority) == (10, 2))
        #expect(attachment.interfaceName == "lan0")
        let network = try #require(loaded.environment?.networks["a"])
        #expect((network.name, network.isInternal, network.hasIPv6, network.mtu) == ("real", true, true, 1400))
        #expect(network.pools.map(\.subnet.description) == ["172.28.0.0/16", "fd00::/64"])
        #expect(network.pools[0].gateway?.description == "172.28.0.254")
        #expect(network.pools[0].range?.description == "172.28.5.0/24")
        #expect(network.pools[0].reserved.map(\.description) == ["172.28.5.1"])
    }

    @Test("a network is called after the project, unless it has a name or is from outside")
    func names() throws {
        let networks = try load(
            "name: p\nservices: {s: {image: i}}\nnetworks: {a: , b: {name: own}, c: {external: true}, d: {external: true, name: far}}\n"
        ).environment?.networks
        #expect(networks?.values.map(\.name) == ["p_a", "own", "c", "far"])
        #expect(networks?.values.map(\.isExternal) == [false, false, true, true])
    }

    @Test(
        "the mode says whose network it is",
        arguments: [
            ("none", Networking.Mode.none), ("host", .host), ("bridge", .networks), ("'service:t'", .service("t")),
        ])
    func modes(text: String, mode: Networking.Mode) throws {
        let loaded = try load("services: {s: {image: i, network_mode: \(text)}, t: {image: i}}\n")
        #expect(loaded.messages == [])
        #expect(loaded.service?.networking.mode == mode)
        #expect(loaded.service?.dependsOn.map(\.service) == (mode.service.map { [$0] } ?? []))
    }

    @Test("names of the outside and the inside")
    func hosts() throws {
        let loaded = try load(
            """
            services:
              t: {image: i}
              s:
                image: i
                links: [t, "t:other"]
                extra_hosts: ["a:10.0.0.1", "b=[fd00::1]", "c=host-gateway"]
                dns: [10.0.0.53, "fd00::53"]
                dns_search: .
                dns_opt: [rotate]
                domainname: example.com
            """)
        #expect(loaded.messages == [])
        let networking = try #require(loaded.service?.networking)
        #expect(networking.links.map(\.alias) == ["t", "other"])
        #expect(networking.extraHosts.map(\.name) == ["a", "b", "c"])
        #expect(networking.extraHosts[1].target == .address(.v6(IPv6Address(high: 0xfd00 << 48, low: 1))))
        #expect(networking.extraHosts[2].target == .hostGateway)
        #expect(networking.nameServers.map(\.description) == ["10.0.0.53", "fd00::53"])
        #expect(networking.searchDomains == [])
        #expect(networking.resolverOptions == ["rotate"])
        #expect(networking.domainName == "example.com")
        #expect(loaded.service?.dependsOn.map(\.service) == ["t"])
    }

    @Test(
        "mistakes of a service are at their place",
        arguments: [
            ("networks: [lost]", "4:16: error: service 's' uses network 'lost', which is not defined"),
            ("network_mode: bridged", "4:19: error: 'bridged' is no network mode"),
            (
                "network_mode: 'service:t'",
                "4:19: error: 'network_mode' of service 's' names service 't', which is not defined"
            ),
            (
                "network_mode: 'service:s'",
                "4:19: error: service 's' can't join its own network"
            ),
            (
                "mac_address: '01:00:00:00:00:00'",
                "4:18: error: '01:00:00:00:00:00' can't be an interface's hardware address"
            ),
            ("networks: {default: {ipv4_address: 10.0.0.300}}", "4:40: error: '10.0.0.300' is not an IPv4 address"),
            (
                "networks: {default: {ipv4_address: 10.0.0.3}}",
                "4:16: error: address 10.0.0.3 is in no subnet of network 'default'"
            ),
            ("networks: {default: {interface_name: 'a/b'}}", "4:42: error: 'a/b' can't be an interface's name"),
            ("networks: {default: {aliases: ['a b']}}", "4:36: error: 'a b' can't be a host's name"),
            ("extra_hosts: [a]", "4:19: error: 'a' has no address"),
            ("extra_hosts: ['a:b']", "4:19: error: 'b' is not an address"),
            ("dns: example.com", "4:10: error: 'example.com' is not an address of a name server"),
            ("links: ['a:b:c']", "4:13: error: 'a:b:c' is not a link"),
            ("links: [t]", "4:13: error: 'links' of service 's' names service 't', which is not defined"),
        ])
    func mistakes(text: String, message: String) throws {
        let messages = try loadService(text).messages
        #expect(messages.contains { $0.hasPrefix(message) }, "\(messages)")
    }

    @Test(
        "mistakes of a network are at their place",
        arguments: [
            (
                "{external: true}",
                "2:12: error: network 'a' is external, and an environment has only networks of its own"
            ),
            ("{ipam: {config: [{subnet: 10.0.0.0}]}}", "2:41: error: '10.0.0.0' is not a subnet"),
            (
                "{ipam: {config: [{subnet: 10.0.0.0/8, gateway: 11.0.0.1}]}}",
                "2:62: error: '11.0.0.1' is not an address of subnet 10.0.0.0/8"
            ),
            (
                "{ipam: {config: [{subnet: 10.0.0.0/8, ip_range: 11.0.0.0/24}]}}",
                "2:63: error: '11.0.0.0/24' is not a part of subnet 10.0.0.0/8"
            ),
            ("{ipam: {config: [{gateway: 11.0.0.1}]}}", "2:33: error: 'gateway' needs a 'subnet' beside it"),
            (
                "{driver_opts: {com.docker.network.driver.mtu: 9}}",
                "2:61: error: 'com.docker.network.driver.mtu' must be 68 to 65535, not 9"
            ),
            (
                "{driver: overlay}",
                "2:24: warning: network driver 'overlay' is not honoured by this version; the network is a bridge"
            ),
            ("{driver_opts: {x: y}}", "2:30: warning: network option 'x' is not honoured by this version"),
            (
                "{attachable: true}",
                "2:16: warning: 'attachable' is not honoured: nothing from outside can join the environment"
            ),
        ])
    func networkMistakes(text: String, message: String) throws {
        let loaded = try load("services: {s: {image: i, networks: [a]}}\nnetworks: {a: \(text)}\n")
        #expect(loaded.messages == [message])
    }

    @Test("what belongs to no network of the environment is told")
    func conflicts() throws {
        #expect(
            try load("services: {s: {image: i, network_mode: host, networks: [a]}}\nnetworks: {a: }\n").messages
                == ["1:46: error: service 's' has both 'network_mode' and 'networks'"])
        #expect(
            try loadService("network_mode: host\nports: ['80']").messages
                == ["5:13: warning: ports of 's' are not published: it has no network of the environment"])
        #expect(
            try loadService("external_links: [redis_1]").messages
                == ["4:5: warning: 'external_links' is not honoured by this version"])
    }

    @Test("services can't share each other's network in a circle")
    func circle() throws {
        let loaded = try load(
            "services: {s: {image: i, network_mode: 'service:t'}, t: {image: i, network_mode: 'service:s'}}\n")
        #expect(loaded.messages.contains { $0.contains("services share a network in a circle") })
    }
}
