import Testing

@testable import ControlGroups

@Suite("Rules for devices")
struct DeviceRuleTests {
    @Test(
        "are written and read in the same form",
        arguments: ["c 1:3 rwm", "b *:* m", "c 136:* rw", "a *:* rwm", "b 8:16 r"])
    func form(text: String) { #expect(DeviceRule(text)?.text == text) }

    @Test(
        "what is none is refused", arguments: ["", "c", "c 1:3", "d 1:3 r", "c 1 r", "c 1:x r", "c 1:3 x", "c -1:3 r"])
    func refused(text: String) { #expect(DeviceRule(text) == nil) }
}

@Suite("Limits as files of control groups")
struct SettingTests {
    private func files(_ limits: Limits) -> [String] {
        limits.settings.flatMap { setting in
            [setting.legacy, setting.unified].compactMap { $0 }.map { "\($0.file)=\($0.text)" }
        }
    }

    private func limits(_ set: (inout Limits) -> Void) -> Limits {
        var limits = Limits()
        set(&limits)
        return limits
    }

    @Test("none write nothing and need no controller")
    func none() {
        #expect(files(.none).isEmpty)
        #expect(Limits.none.controllers.isEmpty)
    }

    @Test("shares become weights", arguments: [(2, 1), (1024, 39), (262_144, 10_000), (1, 1)] as [(Int64, Int64)])
    func weights(shares: Int64, weight: Int64) { #expect(Limits.weight(ofShares: shares) == weight) }

    @Test("a quota and its period are one file in version 2 and two in version 1")
    func quota() {
        let limits = limits { ($0.processorQuota, $0.processorPeriod) = (5000, 20000) }
        #expect(files(limits) == ["cpu.cfs_period_us=20000", "cpu.cfs_quota_us=5000", "cpu.max=5000 20000"])
        #expect(limits.controllers == [.cpu])
    }

    @Test("disks by their numbers")
    func disks() {
        let limits = limits { limits in
            limits.diskWeight = 1000
            limits.disks = [
                DiskLimit(.readBytes, major: 8, minor: 16, value: 4096),
                DiskLimit(.writeOperations, major: 8, minor: 0, value: 7),
            ]
        }
        #expect(
            files(limits) == [
                "blkio.bfq.weight=1000", "io.weight=default 10000",
                "blkio.throttle.read_bps_device=8:16 4096", "io.max=8:16 rbps=4096",
                "blkio.throttle.write_iops_device=8:0 7", "io.max=8:0 wiops=7",
            ])
        #expect(limits.controllers == [.blkio])
    }
}
