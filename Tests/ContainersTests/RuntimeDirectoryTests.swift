import Glibc
import LinuxKernel
import Testing

@testable import Containers

@Suite("Runtime directories")
struct RuntimeDirectoryTests: ~Copyable {
    private let root: String

    init() throws {
        var template = Array("/tmp/harness-test-XXXXXX".utf8CString)
        root = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        do { try removeTree(root) } catch { Issue.record(error) }
    }

    @Test("one that is held is not abandoned")
    func held() throws {
        let directory = try RuntimeDirectory.make(in: root, name: "demo")
        #expect(directory.identifier.wholeMatch(of: /demo-[0-9a-f]{12}/) != nil)
        #expect(try RuntimeDirectory.abandoned(in: root).isEmpty)
        try directory.remove()
        #expect(try directoryEntries(root).isEmpty)
    }

    @Test("one whose owner has let go is, and can be removed with all that is in it")
    func abandoned() throws {
        let identifier = try RuntimeDirectory.make(in: root, name: "demo").identifier
        let found = try RuntimeDirectory.abandoned(in: root)
        #expect(found.map(\.identifier) == [identifier])
        for directory in found { try directory.remove() }
        #expect(try directoryEntries(root).isEmpty)
    }

    @Test("the directory of a name has one owner at a time; what a dead one left is removed first")
    func claimed() throws {
        var removed: [String] = []
        func claim() throws -> RuntimeDirectory? {
            try RuntimeDirectory.claim(in: root, identifier: "demo-1") { abandoned in
                removed.append(abandoned.identifier)
                try abandoned.remove()
            }
        }
        var owner = try claim()
        #expect(owner?.path == "\(root)/demo-1")
        #expect(try claim() == nil)
        #expect(try RuntimeDirectory.isHeld(in: root, identifier: "demo-1"))
        #expect(removed == [])
        owner = nil
        #expect(try !RuntimeDirectory.isHeld(in: root, identifier: "demo-1"))
        owner = try claim()
        #expect(owner != nil && removed == ["demo-1"])
        #expect(try directoryEntries(root) == ["demo-1"])
        try owner?.remove()
        #expect(try claim() != nil, "one that has been removed is nobody's")
    }

    @Test("a link to elsewhere is never followed when a tree is removed")
    func links() throws {
        try makeDirectories("\(root)/tree/below")
        try makeDirectory("\(root)/kept")
        #expect(symlink("\(root)/kept", "\(root)/tree/below/link") == 0)
        try removeTree("\(root)/tree")
        #expect(try directoryEntries(root) == ["kept"])
    }

    @Test("a root that others can write is refused")
    func shared() throws {
        #expect(chmod(root, 0o777) == 0)
        #expect(throws: SystemCallError(call: RuntimeDirectory.trust, errno: EPERM, subject: root)) {
            _ = try RuntimeDirectory.make(in: root, name: "demo")
        }
    }

    @Test("a root that is a link is refused, wherever it leads")
    func linkedRoot() throws {
        let link = "\(root)/link"
        #expect(symlink(root, link) == 0)
        for body in [
            { _ = try RuntimeDirectory.make(in: link, name: "demo") }, { _ = try RuntimeDirectory.names(in: link) },
        ] {
            #expect(throws: SystemCallError(call: RuntimeDirectory.trust, errno: ENOTDIR, subject: link)) { try body() }
        }
    }

    @Test("a link or a file in the place of a directory is nobody's, and makes room", arguments: [true, false])
    func inItsPlace(isLink: Bool) throws {
        try makeDirectory("\(root)/kept")
        let path = "\(root)/demo-1"
        func put() throws {
            if isLink {
                #expect(symlink("\(root)/kept", path) == 0)
            } else {
                _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT, mode: 0o600)
            }
        }
        try put()
        #expect(try !RuntimeDirectory.isHeld(in: root, identifier: "demo-1"))
        let owner = try RuntimeDirectory.claim(in: root, identifier: "demo-1") { _ in Issue.record("it was nobody's") }
        #expect(owner != nil)
        try owner?.remove()
        try put()
        #expect(try RuntimeDirectory.abandoned(in: root).map(\.identifier) == ["kept"])
        #expect(try directoryEntries(root) == ["kept"])
    }

    @Test("no root is no error")
    func missing() throws { #expect(try RuntimeDirectory.abandoned(in: "\(root)/none").isEmpty) }
}
