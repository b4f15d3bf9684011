import Addresses
import Glibc
import LinuxKernel
import Netlink

/// A bridge in one network namespace and the far end of a veth pair in another, printed by ip(8).
func connectNamespaces(_: [String]) throws {
    let (outer, inner) = try twoNetworkNamespaces()
    let network = IPv4Network(containing: IPv4Address(10, 89, 0, 0), prefixLength: 24)
    var session = try Session()
    try session.run([
        .change(.name(.loopback), .up),
        .createBridge(Bridge(name: "br0", index: 100, mtu: 1400)),
        .addAddress(InterfaceAddress(interface: 100, address: IPv4Address(10, 89, 0, 1), in: network)),
        .createVeth(pair(number: 0, in: inner.rawValue, address: IPv4Address(10, 89, 0, 2))),
    ])
    var innerSession = try Session.open(in: inner.rawValue, returningTo: outer.rawValue)
    try innerSession.run([
        .change(.name(.loopback), .up),
        .change(.name("eth0"), .up),
        .addAddress(InterfaceAddress(interface: 1000, address: IPv4Address(10, 89, 0, 2), in: network)),
        .addRoute(.default(via: IPv4Address(10, 89, 0, 1))),
    ])
    try ip("link")
    print("index \(try session.index(of: "br0").map(String.init) ?? "nil")")
    print("missing \(try session.index(of: "nothing").map(String.init) ?? "nil")")
    print("links \(try session.links().map { "\($0.name):\($0.kind ?? "-"):\($0.isUp)" }.joined(separator: " "))")
    try Namespaces.network.enter(inner.rawValue)
    try ip("link")
    try ip("-4", "address")
    try ip("route")
    print("addresses \(try innerSession.addresses().map { "\($0)" }.joined(separator: " "))")
    print("routes \(try innerSession.routes().map { "\($0)" }.joined(separator: ", "))")
    try Namespaces.network.enter(outer.rawValue)
    try session.run(.delete(.name("h0")))
    print("left \(try session.links().map(\.name).joined(separator: " "))")
}

/// The time that one veth pair takes, created, enslaved, up and configured: microseconds, the median of many.
func measureVethPairs(_ arguments: [String]) throws {
    let count = arguments.first.flatMap { Int($0) } ?? 100
    let (outer, inner) = try twoNetworkNamespaces()
    let network = IPv4Network(containing: IPv4Address(10, 89, 0, 0), prefixLength: 16)
    var session = try Session()
    try session.run(.createBridge(Bridge(name: "br0", index: 100)))
    var creation: [Int] = []
    var configuration: [Int] = []
    for number in 0..<count {
        let address = IPv4Address(rawValue: network.base.rawValue + UInt32(number) + 2)
        let start = microseconds()
        try session.run(.createVeth(pair(number: Int32(number), in: inner.rawValue, address: address)))
        let middle = microseconds()
        var innerSession = try Session.open(in: inner.rawValue, returningTo: outer.rawValue)
        try innerSession.run([
            .change(.name(.loopback), .up),
            .change(.index(1000 + Int32(number)), .up),
            .addAddress(InterfaceAddress(interface: 1000 + Int32(number), address: address, prefixLength: 32)),
        ])
        creation.append(middle - start)
        configuration.append(microseconds() - middle)
    }
    print("creation \(creation.sorted()[count / 2])")
    print("configuration \(configuration.sorted()[count / 2])")
}

/// Prints what the kernel's refusals look like.
func provokeRefusals(_: [String]) throws {
    try Namespaces.network.unshare()
    var session = try Session()
    let requests: [[Request]] = [
        [.createBridge(Bridge(name: "br0", index: 1))],
        [.addAddress(InterfaceAddress(interface: 77, address: IPv4Address(10, 0, 0, 1), prefixLength: 24))],
        [.addRoute(.default(via: IPv4Address(10, 0, 0, 1)))],
        [.delete(.name("nothing"))],
        [
            .change(.name(.loopback), .up), .delete(.index(99)), .delete(.index(98)),
            .createBridge(Bridge(name: "br1")),
        ],
        [.change(.index(1), LinkChange(mtu: 1 << 31))],
    ]
    for batch in requests {
        do {
            try session.run(batch)
            print("accepted")
        } catch {
            print(error)
        }
    }
    print("left \(try session.links().map(\.name).joined(separator: " "))")
}

/// More interfaces than one datagram holds, created by a batch longer than one datagram.
func listManyLinks(_: [String]) throws {
    try Namespaces.network.unshare()
    var session = try Session()
    try session.run(
        (0..<1000).map { number in
            .createBridge(Bridge(name: InterfaceName("bridge\(number)") ?? "none", index: Int32(number) + 10))
        })
    let links = try session.links()
    print("links \(links.count) kinds \(Set(links.map { $0.kind ?? "-" }).sorted().joined(separator: " "))")
}

private func pair(number: Int32, in namespace: CInt, address: IPv4Address) -> VethPair {
    VethPair(
        end: VethEnd(name: InterfaceName("h\(number)") ?? "none", index: 200 + number), bridge: 100,
        peer: VethEnd(
            name: InterfaceName("eth\(number)") ?? "none", index: 1000 + number,
            address: HardwareAddress(for: address)),
        peerNamespace: .descriptor(namespace), mtu: 1400)
}

/// Enters a new network namespace; gives descriptors of it and of another new one.
private func twoNetworkNamespaces() throws(SystemCallError) -> (SharedDescriptor, SharedDescriptor) {
    try Namespaces.network.unshare()
    let inner = SharedDescriptor(try .open("/proc/self/ns/net", O_RDONLY))
    try Namespaces.network.unshare()
    return (SharedDescriptor(try .open("/proc/self/ns/net", O_RDONLY)), inner)
}

private func ip(_ arguments: String...) throws(SystemCallError) {
    fflush(nil)
    var process: pid_t = 0
    let code = withCStrings(["ip", "-j", "-d"] + arguments) { posix_spawnp(&process, "ip", nil, nil, $0, environ) }
    guard code == 0 else { throw SystemCallError(call: "posix_spawn", errno: code, subject: "ip") }
    let exit = try ProcessExit.collect(process)
    guard exit == .exited(0) else { throw SystemCallError(call: "ip", errno: ECHILD, subject: "\(arguments)") }
}

func microseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}
