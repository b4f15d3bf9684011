import Glibc
import ImageBuild
import ImageStore
import LinuxKernel
import Testing

@Suite("A real build")
struct RealBuildTests {
    @Test("of the distribution's packages gives an image with their files and without leftovers of the build")
    func small() throws {
        guard Requirement.root.check(), Requirement.program("mmdebstrap").check() else { return }
        let tools = try FakeTools(mmdebstrap: nil)
        var isInChroot = false
        let made = try PackageImageBuilder(tools.store).image(packages: ["hostname"]) {
            isInChroot = isInChroot || $0.step.contains("configuring")
        }
        #expect(isInChroot)
        let layer = try #require(made.image.layers.first)
        #expect(access(layer + "/bin/hostname", X_OK) == 0)
        #expect(access(layer + "/usr/bin/apt-get", X_OK) == 0)
        for leftover in ["etc/resolv.conf", "etc/hostname", "etc/apt/apt.conf.d/00host", "usr/sbin/policy-rc.d"] {
            #expect(access("\(layer)/\(leftover)", F_OK) != 0, "\(leftover)")
        }
        #expect(try tools.isClean())
        #expect(try PackageImageBuilder(tools.store).cachedImage(packages: ["hostname"]) == made.image)
    }
}
