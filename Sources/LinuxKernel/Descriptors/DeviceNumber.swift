import CLinux
import Glibc

/// The two parts of a device's number (makedev(3)).
public enum DeviceNumber {
    /// The driver.
    public static func major(_ device: dev_t) -> UInt32 { clinux_major(device) }
    /// The device among the driver's.
    public static func minor(_ device: dev_t) -> UInt32 { clinux_minor(device) }
}
