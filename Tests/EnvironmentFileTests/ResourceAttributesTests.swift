import EnvironmentFile
import Testing

@Suite("Bounds on processor, memory and disks")
struct ResourceAttributesTests {
    @Test(
        "each attribute gives one bound",
        arguments: [
            ("cpus: 1.5", bounds { $0.processors = 1.5 }), ("cpus: '0.5'", bounds { $0.processors = 0.5 }),
            ("deploy: {resources: {limits: {cpus: '2'}}}", bounds { $0.processors = 2 }),
            ("cpu_shares: 512", bounds { $0.processorShares = 512 }),
            ("cpu_quota: 50000", bounds { $0.processorQuota = 50000 }),
            ("cpu_period: 20000", bounds { $0.processorPeriod = 20000 }),
            ("cpuset: '0-1'", bounds { $0.processorSet = "0-1" }),
            ("memswap_limit: 1g", bounds { $0.memoryAndSwap = 1 << 30 }),
            ("memswap_limit: -1", bounds { $0.memoryAndSwap = -1 }),
            ("mem_swappiness: 10", bounds { $0.swappiness = 10 }),
            ("mem_reservation: 1m", bounds { $0.memoryReservation = 1 << 20 }),
            ("oom_kill_disable: true", bounds { $0.disablesOutOfMemoryKill = true }),
            ("blkio_config: {weight: 20}", bounds { $0.disks.weight = 20 }),
            ("deploy: {resources: {reservations: {memory: 1m}}}", bounds { $0.memoryReservation = 1 << 20 }),
        ])
    func attributes(text: String, expected: ResourceBounds) throws {
        let loaded = try loadService(text)
        #expect(loaded.messages == [])
        #expect(loaded.service?.resources == expected)
    }

    private static func bounds(_ set: (inout ResourceBounds) -> Void) -> ResourceBounds {
        var bounds = ResourceBounds()
        set(&bounds)
        return bounds
    }

    @Test("rates of disks")
    func disks() throws {
        let loaded = try loadService(
            "blkio_config: {device_read_bps: [{path: /dev/a, rate: 1mb}], device_write_iops: [{path: /dev/b, rate: 9}]}"
        )
        #expect(loaded.messages == [])
        let disks = try #require(loaded.service?.resources.disks)
        #expect(disks.readBytes.map(\.path) == ["/dev/a"])
        #expect(disks.readBytes.map(\.value) == [1 << 20])
        #expect(disks.writeOperations.map(\.value) == [9])
    }

    @Test(
        "mistakes are told at their place",
        arguments: [
            ("cpus: -1", "4:11: error: '-1' is not a number of processors"),
            ("cpuset: 0-", "4:13: error: '0-' is not a list of processors"),
            ("cpuset: '3-1'", "4:13: error: '3-1' is not a list of processors"),
            ("cpu_shares: 1", "4:17: error: 'cpu_shares' must be 2 to 262144, not 1"),
            ("mem_swappiness: 101", "4:21: error: 'mem_swappiness' must be 0 to 100, not 101"),
            ("blkio_config: {weight: 5}", "4:28: error: 'weight' must be 10 to 1000, not 5"),
            (
                "cpus: 1\ndeploy: {resources: {limits: {cpus: '2'}}}",
                "5:41: error: 'cpus' and 'deploy.resources.limits.cpus' differ: 1.0 and 2.0"
            ),
        ])
    func mistakes(text: String, message: String) throws {
        #expect(try loadService(text).messages == [message])
    }
}
