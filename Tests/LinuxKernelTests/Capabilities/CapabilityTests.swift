import Testing

@testable import LinuxKernel

@Suite("Capabilities")
struct CapabilityTests {
    @Test(
        "names are found with and without prefix, in either case",
        arguments: [
            ("CAP_CHOWN", 0), ("chown", 0), ("NET_BIND_SERVICE", 10), ("Cap_Sys_Admin", 21),
            ("CAP_CHECKPOINT_RESTORE", 40),
        ])
    func names(name: String, number: Int) throws {
        #expect(try Capability(name: name).number == number)
    }

    @Test("what is no name is an error", arguments: ["", "CAP_", "12", "cap_12", "CHOWN ", "CHOWN\0X", "ADMIN", "all"])
    func unknown(name: String) {
        #expect(throws: CapabilityError.unknownName(name)) { try Capability(name: name) }
    }

    @Test("a description is the name that capabilities(7) uses, and leads back")
    func descriptions() throws {
        for capability in CapabilitySet.all {
            #expect(capability.description.hasPrefix("CAP_"))
            #expect(try Capability(name: capability.description) == capability)
        }
        #expect(Capability(number: 63)?.description == "CAP_63")
        #expect(Capability(number: 64) == nil)
    }

    @Test("a container's default is Docker's set of 14")
    func containerDefault() {
        // CapBnd of a container that Docker started without options.
        #expect(CapabilitySet.containerDefault.rawValue == 0xA804_25FB)
        #expect(Array(CapabilitySet.containerDefault).count == 14)
    }

    @Test("all capabilities are those up to the kernel's last")
    func allOfTheKernel() throws {
        let text = String(decoding: try readRegularFile("/proc/sys/kernel/cap_last_cap"), as: UTF8.self)
        let last = try #require(Int(text.filter(\.isNumber)))
        #expect(Array(CapabilitySet.all).map(\.number) == Array(0...last))
        #expect(try CapabilitySet(names: ["all"]) == .all)
    }

    @Test("one unknown name refuses the whole list")
    func unknownInList() {
        #expect(throws: CapabilityError.unknownName("NONE")) { try CapabilitySet(names: ["CHOWN", "NONE"]) }
    }
}
