import EnvironmentFile
import Testing

@Suite("ports")
struct PortsTests {
    /// `address:published-last:target/transport`, what is missing left out.
    private func text(_ port: Port) -> String {
        let first = port.published.map(String.init) ?? ""
        let last = port.publishedLast.map { "-\($0)" } ?? ""
        return "\(port.hostAddress ?? ""):\(first)\(last):\(port.target)/\(port.transport.rawValue)"
    }

    @Test(
        "reads every form",
        arguments: [
            ("80", ["::80/tcp"]),
            ("'80'", ["::80/tcp"]),
            ("'8080:80'", [":8080:80/tcp"]),
            ("'8080:80/udp'", [":8080:80/udp"]),
            ("'127.0.0.1:8080:80'", ["127.0.0.1:8080:80/tcp"]),
            ("'127.0.0.1::80'", ["127.0.0.1::80/tcp"]),
            ("'[::1]:8080:80'", ["::1:8080:80/tcp"]),
            ("'::1:8080:80'", ["::1:8080:80/tcp"]),
            ("'8000-8002:80'", [":8000-8002:80/tcp"]),
            ("'8000-8001:90-91'", [":8000:90/tcp", ":8001:91/tcp"]),
            ("'90-91/udp'", ["::90/udp", "::91/udp"]),
            ("'0:80'", ["::80/tcp"]),
            ("{target: 80}", ["::80/tcp"]),
            ("{target: '80', published: '8080', host_ip: 0.0.0.0, protocol: udp}", ["0.0.0.0:8080:80/udp"]),
            ("{target: 80, published: 8080-8081}", [":8080-8081:80/tcp"]),
        ])
    func forms(_ entry: String, _ expected: [String]) throws {
        let loaded = try loadService("ports: [\(entry)]")
        #expect(loaded.messages == [])
        #expect(loaded.service?.ports.map(text) == expected)
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("'70000'", "4:13: error: '70000' is not a container port from 1 to 65535 in '70000'"),
            ("'0'", "4:13: error: '0' is not a container port from 1 to 65535 in '0'"),
            ("'x:80'", "4:13: error: 'x' is not a host port from 1 to 65535 in 'x:80'"),
            ("'-1:80'", "4:13: error: '-1' is not a host port from 1 to 65535 in '-1:80'"),
            ("'300.1.1.1:80:80'", "4:13: error: '300.1.1.1' is not an address in '300.1.1.1:80:80'"),
            ("'80/xyz'", "4:13: error: 'xyz' is not a protocol"),
            ("'80/'", "4:13: error: '' is not a protocol"),
            ("'8000-8002:80-81'", "4:13: error: the ranges are of different length in '8000-8002:80-81'"),
            ("'9-8'", "4:13: error: '9-8' is not a container port from 1 to 65535 in '9-8'"),
            ("''", "4:13: error: '' is not a container port from 1 to 65535 in ''"),
            ("{published: 80}", "4:13: error: each entry of 'ports' has no 'target'"),
            ("{target: x}", "4:22: error: 'target' must be a port from 1 to 65535, not 'x'"),
            ("{target: 1, host_ip: here}", "4:34: error: 'here' is not an address"),
            ("{target: 1, colour: x}", "4:25: error: 'colour' is not known in each entry of 'ports'"),
            ("'80/sctp'", "4:13: warning: ports of protocol 'sctp' are not published by this version"),
            ("'80:1', '80:2'", "4:21: error: port 80 of the host is already published on line 4"),
        ])
    func mistakes(_ entry: String, _ expected: String) throws {
        #expect(try loadService("ports: [\(entry)]").messages == [expected])
    }
}
