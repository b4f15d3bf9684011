import Addresses
import ControlGroups
import LinuxKernel
import Testing

@testable import Containers

@Suite("The wire between orchestrator and launcher")
struct WireTests {
    static let process = ProcessSpecification(
        arguments: ["sh", "-c", "echo ä"], environment: ["A=1", "B="], user: "postgres:1", workingDirectory: "/srv",
        capabilities: ["CAP_CHOWN"], noNewPrivileges: true, isFiltered: false,
        limits: [LimitSpecification(name: "nofile", soft: 1024, hard: -1)])
    static let container = ContainerSpecification(
        name: "db", hostname: "db", layers: ["/a", "/b:c"], process: process,
        network: NetworkSpecification(
            interfaces: [
                InterfaceSpecification(
                    address: IPv4Address(10, 0, 0, 2), prefixLength: 24, gateway: IPv4Address(10, 0, 0, 1)),
                InterfaceSpecification(
                    network: 1, name: "back", address: IPv4Address(10, 1, 0, 2), prefixLength: 16,
                    address6: IPv6Address(high: 0xfd00 << 48, low: 2), prefixLength6: 80,
                    gateway6: IPv6Address(high: 0xfd00 << 48, low: 1),
                    hardwareAddress: HardwareAddress(for: IPv4Address(10, 1, 0, 2)), mtu: 9000),
            ], domainName: "example.com", hasNameServer: true),
        mounts: [
            MountSpecification(source: .ephemeralVolume("data"), target: "/data", fillsFromImage: true, subpath: "x"),
            MountSpecification(source: .volume(path: "/v"), target: "/v", isReadOnly: true),
            MountSpecification(source: .bind(path: "/h", creates: true), target: "/b"),
            MountSpecification(source: .tmpfs(size: 4096, mode: 0o700), target: "/t"),
        ],
        files: [FileSpecification(content: [0, 255], target: "/run/secrets/a", uid: "1", gid: "", mode: 0o400)],
        hosts: "127.0.0.1\tlocalhost\n", hasInit: true, isReadOnly: true, isPrivileged: true, shmSize: 1 << 40,
        memoryLimit: 1, pidsLimit: -1)

    private static func joining(_ mode: NetworkSpecification.Mode) -> ContainerSpecification {
        var specification = container
        specification.network = NetworkSpecification(mode: mode)
        return specification
    }

    static let requests: [Request] = [
        .open(
            SandboxConfiguration(
                identifier: "a-1", scratch: "/s", diskScratch: "/d",
                networks: [
                    BridgeSpecification(gateway: IPv4Address(10, 0, 0, 1), prefixLength: 16),
                    BridgeSpecification(
                        gateway: IPv4Address(10, 1, 0, 1), prefixLength: 16, gateway6: .loopback, prefixLength6: 80,
                        isInternal: true, mtu: 1400),
                ], filterCache: "/f",
                hostAccess: HostAccess(addresses: [IPv4Address(10, 0, 0, 2)], includesHostProcesses: true))),
        .start(container), .start(joining(.host)), .start(joining(.container("db"))),
        .execute(container: "db", process),
        .runOnHost(process, hosts: "h", resolverConfiguration: "r", needsNameServer: true),
        .signal(process: 7, number: 15),
        .kill(container: "db"), .sockets(type: 1, count: 8), .exists(container: "db", path: "/run/x.pid"),
        .remove(container: "db", volumes: ["db:/data"]),
        .moveNames([AddressMove(from: "10.0.0.2", to: "10.0.0.3")], except: ["db"]),
        .notices(container: "db", signal: 15), .freeze(container: "db", isFrozen: true), .root(container: "db"),
    ]
    static let replies: [Reply] = [
        .done, .started(process: 3, warnings: ["w"]),
        .failed(SetupFailure(.systemCall, call: "mount", subject: "/x", errno: 28)), .sockets, .exists(true),
        .exited(process: 3, status: 256, oomKilled: true), .notice("n"),
    ]

    @Test("every request arrives as it was sent", arguments: requests)
    func request(request: Request) throws { #expect(try sent(request) == request) }

    @Test("every reply arrives as it was sent", arguments: replies)
    func reply(reply: Reply) throws { #expect(try sent(reply) == reply) }

    static let jobs: [HostNetworkJob] = [
        HostNetworkJob(
            task: .container(
                container, warnings: ["w"], memory: "/m", bulk: "/b",
                groupView: .legacy([ControlGroupView.Entry(name: "cpu,cpuacct", links: ["cpu", "cpuacct"], path: "/c")]
                ),
                filter: [1, 2], joinsIPC: true),
            namespaces: 0x2000_0000, hasControlGroup: true),
        HostNetworkJob(
            task: .joining(process, hostname: "h", launcherNumber: 1, filter: nil), entersProcesses: true),
        HostNetworkJob(
            task: .container(
                container, warnings: [], memory: "/m", bulk: "/b", groupView: .unified(path: "/g"), filter: nil,
                joinsIPC: false)),
        HostNetworkJob(
            task: .egress(
                link: 1000,
                subnets: [
                    IPv4Network(containing: IPv4Address(172, 30, 0, 1), prefixLength: 16),
                    IPv4Network(containing: IPv4Address(255, 255, 255, 255), prefixLength: 32),
                ],
                EgressOptions(
                    hostAccess: HostAccess(addresses: [IPv4Address(172, 30, 0, 2)], includesHostProcesses: true),
                    processes: "/m/proc"))),
    ]

    @Test("every job for the host's network arrives as it was sent", arguments: jobs)
    func job(job: HostNetworkJob) throws { #expect(try sent(job) == job) }

    @Test("every answer to such a job arrives as it was sent")
    func jobReply() throws {
        for reply in [HostNetworkReply.cloned(7), .failed(SetupFailure(.userUnmapped, subject: "user 7"))] {
            #expect(try sent(reply) == reply)
        }
    }

    @Test("a message cut at any byte is an error, never a crash", arguments: requests)
    func cut(request: Request) {
        var writer = WireWriter()
        writer.write(request)
        for count in 0..<writer.bytes.count {
            var reader = WireReader(Array(writer.bytes[0..<count]))
            #expect(throws: WireError.self) { try reader.read(Request.self) }
        }
    }

    @Test("what is too large for a packet travels as a file in memory")
    func large() throws {
        let text = String(repeating: "x", count: PacketSocket.maximumSize * 3)
        let request = Request.runOnHost(Self.process, hosts: text, resolverConfiguration: "", needsNameServer: false)
        #expect(try sent(request) == request)
    }

    private func sent<Body: WireCodable & Sendable>(_ body: Body) throws -> Body {
        let (first, second) = try PacketSocket.pair()
        let sender = Channel(adopting: first)
        let receiver = Channel(adopting: second)
        try sender.send(Envelope(number: 5, body: body))
        let (envelope, descriptors) = try #require(try receiver.receive(Body.self))
        #expect(envelope.number == 5)
        #expect(descriptors.isEmpty)
        return envelope.body
    }
}
