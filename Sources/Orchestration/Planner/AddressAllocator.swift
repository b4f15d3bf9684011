import Addresses
import EnvironmentFile

/// Gives out the addresses of one network, in the order of the file: fixed ones first, the others from what is left.
struct AddressAllocator {
    /// Interfaces that a Linux bridge takes (`BR_MAX_PORTS` in net/bridge/br_private.h, of which it uses one itself).
    static let maximumInterfaces = 1023

    private let pool: IPv4Network
    private let pool6: IPv6Network?
    private var taken: Set<IPv4Address>
    private var taken6: Set<IPv6Address>
    private var next = 1
    private var next6: UInt64 = 1
    /// How many containers it takes in all.
    let capacity: Int

    init(_ network: NetworkPlan, _ pools: [AddressPool]) {
        taken = [network.gateway, network.subnet.base, network.subnet.broadcast]
        taken6 = Set([network.gateway6].compactMap { $0 })
        var pool = network.subnet
        var pool6 = network.subnet6
        for entry in pools {
            if case .v4(let range)? = entry.range { pool = range }
            if case .v6(let range)? = entry.range { pool6 = range }
            for address in entry.reserved {
                switch address {
                case .v4(let address): taken.insert(address)
                case .v6(let address): taken6.insert(address)
                }
            }
        }
        self.pool = pool
        self.pool6 = pool6
        let size = 1 << (32 - pool.prefixLength)
        capacity = min(max(size - taken.filter(pool.contains).count, 0), Self.maximumInterfaces)
    }

    /// Takes a fixed address; false where somebody has it.
    mutating func reserve(_ address: IPv4Address) -> Bool { taken.insert(address).inserted }

    /// Takes a fixed address; false where somebody has it.
    mutating func reserve(_ address: IPv6Address) -> Bool { taken6.insert(address).inserted }

    /// The next free address; `nil` where there is none.
    mutating func allocate() -> IPv4Address? {
        let size = 1 << (32 - pool.prefixLength)
        while next < size || (next == size && size == 1) {
            let address = IPv4Address(rawValue: pool.base.rawValue + UInt32(next % size))
            next += 1
            if taken.insert(address).inserted { return address }
        }
        // The range's first address is an address like others where it is not the subnet's.
        return taken.insert(pool.base).inserted ? pool.base : nil
    }

    /// The next free IPv6 address; `nil` where there is none, or the network has no IPv6.
    mutating func allocate6() -> IPv6Address? {
        while let address = pool6?.host(next6) {
            next6 += 1
            if taken6.insert(address).inserted { return address }
        }
        return nil
    }
}
