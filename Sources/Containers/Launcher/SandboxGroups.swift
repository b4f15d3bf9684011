import ControlGroups
import Glibc
import LinuxKernel

final class ContainerGroup {
    var descriptor: CInt { -1 }
    func join(_ pid: pid_t) throws {}
    func wasKilledForMemory() -> Bool { false }
}
public struct SandboxGroups {
    public static func remove(identifier: String) throws {}
    init(identifier: String) throws {}
    func makeGroup(for container: ContainerSpecification) throws -> (ContainerGroup?, [String]) { (nil, []) }
}
struct FilterCache {
    let directory: String
    func program(for capabilities: [String]) throws -> [UInt8]? { nil }
}
enum SeccompFilter { static func install(_ p: [UInt8]) throws {} }
