import CLinux
import Glibc
import ImageStore
import LinuxKernel
import Testing

@Suite("Whiteouts take overlayfs's form")
struct WhiteoutTests {
    private func layer(_ temporary: TemporaryStore, _ build: (inout TarBuilder) -> Void) throws -> String {
        try #require(try temporary.add(TarBuilder.archive(build)).image.layers.first)
    }

    private func isWhiteout(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    private func isOpaque(_ path: String) -> Bool {
        var value: [UInt8] = [0, 0]
        let name = geteuid() == 0 ? "trusted.overlay.opaque" : "user.overlay.opaque"
        return getxattr(path, name, &value, 2) == 1 && value[0] == UInt8(ascii: "y")
    }

    @Test("a hidden file becomes a character device 0/0, a hidden directory's content an attribute")
    func forms() throws {
        let temporary = try TemporaryStore()
        let layer = try layer(temporary) {
            $0.directory("etc")
            $0.file("etc/.wh.passwd")
            $0.file("opt/.wh..wh..opq")
            $0.file("opt/kept", "x")
            $0.file(".wh..wh.plnk")
            $0.file(".wh..wh.aufs/inner")
        }
        #expect(isWhiteout(layer + "/etc/passwd"))
        #expect(isOpaque(layer + "/opt"))
        #expect(try temporary.names(in: layer) == ["etc", "opt"])
        #expect(try temporary.names(in: layer + "/etc") == ["passwd"])
        #expect(try temporary.names(in: layer + "/opt") == ["kept"])
    }

    @Test("what the same layer has under the hidden name stays, in either order")
    func sameLayer() throws {
        let temporary = try TemporaryStore()
        let layer = try layer(temporary) {
            $0.file(".wh.file1")
            $0.file("file1", "new")
            $0.file("file2", "new")
            $0.file(".wh.file2")
            $0.file(".wh.dir1")
            $0.directory("dir1")
            $0.directory("dir2")
            $0.file(".wh.dir2")
        }
        #expect(try readRegularFile(layer + "/file1") == Array("new".utf8))
        #expect(try readRegularFile(layer + "/file2") == Array("new".utf8))
        #expect(isOpaque(layer + "/dir1"))
        #expect(isOpaque(layer + "/dir2"))
    }
}
