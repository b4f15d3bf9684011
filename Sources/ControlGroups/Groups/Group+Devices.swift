import Glibc
import LinuxKernel

extension Group {
    /// Lets the group use what one of the rules allows and nothing else; what the kernel refuses becomes a warning.
    mutating func restrictDevices(_ rules: [DeviceRule]) {
        do throws(SystemCallError) {
            if let directory = legacy[.devices] {
                try directory.write("a", to: "devices.deny")
                for rule in rules { try directory.write(rule.text, to: "devices.allow") }
            } else if let unified {
                try LoadedDevicePolicy(rules).attach(to: unified)
            }
        } catch {
            warnings.append(.devicesNotRestricted(reason: error.description))
        }
    }
}
