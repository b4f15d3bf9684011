import Containers
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

extension PlanTranslator {
    /// The bounds of control groups; disks are looked up on the host.
    ///
    /// - Throws: ``EngineError`` of kind `bindSource` for what is no block device.
    static func resources(of container: ContainerPlan) throws -> ResourceSpecification {
        let bounds = container.resources
        var result = ResourceSpecification()
        result.memoryAndSwap = bounds.memoryAndSwap
        result.swappiness = bounds.swappiness
        result.memoryReservation = bounds.memoryReservation
        result.disablesOutOfMemoryKill = bounds.disablesOutOfMemoryKill
        result.processorShares = bounds.processorShares
        result.processorSet = bounds.processorSet
        result.processorPeriod = bounds.processorPeriod
        result.processorQuota = bounds.processorQuota
        if let processors = bounds.processors {
            let period = bounds.processorPeriod ?? 100_000
            result.processorPeriod = period
            // The kernel takes no quota below a millisecond.
            result.processorQuota = max(Int64((processors * Double(period)).rounded()), 1000)
        }
        let disks = bounds.disks
        result.diskWeight = disks.weight
        result.disks =
            try disks.weights.map { try disk(.weight, $0) } + disks.readBytes.map { try disk(.readBytes, $0) }
            + disks.writeBytes.map { try disk(.writeBytes, $0) }
            + disks.readOperations.map { try disk(.readOperations, $0) }
            + disks.writeOperations.map { try disk(.writeOperations, $0) }
        return result
    }

    private static func disk(
        _ kind: ResourceSpecification.Disk.Kind, _ rate: DiskBounds.Rate
    ) throws -> ResourceSpecification.Disk {
        var status = stat()
        guard stat(rate.path, &status) == 0 else { throw EngineError(.bindSource(path: rate.path, errno: errno)) }
        guard status.st_mode & S_IFMT == S_IFBLK else {
            throw EngineError(
                .bindSource(path: rate.path, errno: ENOTBLK), remedy: "name a block device, such as /dev/sda")
        }
        return ResourceSpecification.Disk(
            kind, major: DeviceNumber.major(status.st_rdev), minor: DeviceNumber.minor(status.st_rdev),
            value: rate.value)
    }
}
