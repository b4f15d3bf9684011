import Glibc
import LinuxKernel

extension EnvironmentGroup {
    /// Lets one container use what one of the rules allows and nothing else: by a program in version 2, else by the
    /// controller of version 1; where neither can be, by a warning.
    mutating func restrictDevices(of group: inout Group, _ rules: [DeviceRule]) throws(ControlGroupError) {
        var reason = "no version 2"
        if let directory = group.unified {
            do throws(SystemCallError) {
                return try LoadedDevicePolicy(rules).attach(to: directory)
            } catch {
                reason = error.description
            }
        }
        if let refusal = try prepare(.devices) {
            group.warnings.append(.devicesNotRestricted(reason: "\(reason); \(refusal)"))
            return
        }
        do throws(SystemCallError) {
            if group.legacy[.devices] == nil {
                group.legacy[.devices] = try legacy[.devices]?.makeChild(group.name, exclusively: true)
            }
            try group.legacy[.devices]?.write("a", to: "devices.deny")
            for rule in rules { try group.legacy[.devices]?.write(rule.text, to: "devices.allow") }
        } catch {
            group.warnings.append(.devicesNotRestricted(reason: error.description))
        }
    }
}
