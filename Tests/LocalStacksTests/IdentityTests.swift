import Glibc
import Testing

@testable import LocalStacks

@Suite("The identity of an environment")
struct IdentityTests {
    @Test("name, folder and user each make another environment")
    func parts() {
        let one = EnvironmentIdentity(name: "shop", directory: "/nowhere/shop", user: 1)
        #expect(one.identifier == EnvironmentIdentity(name: "shop", directory: "/nowhere/shop", user: 1).identifier)
        #expect(one.identifier != EnvironmentIdentity(name: "shop", directory: "/elsewhere/shop", user: 1).identifier)
        #expect(one.identifier != EnvironmentIdentity(name: "shop2", directory: "/nowhere/shop", user: 1).identifier)
        #expect(one.identifier != EnvironmentIdentity(name: "shop", directory: "/nowhere/shop", user: 2).identifier)
        #expect(one.identifier.hasPrefix("shop-"))
        #expect(one.identifier.hasSuffix(one.volumeSuffix))
    }

    @Test("a link to the folder leads to the same environment")
    func links() throws {
        var template = Array("/tmp/harness-identity-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink("\(base)/link")
            rmdir("\(base)/real")
            rmdir(base)
        }
        try #require(mkdir("\(base)/real", 0o755) == 0 && symlink("real", "\(base)/link") == 0)
        let direct = EnvironmentIdentity(name: "a", directory: "\(base)/real")
        #expect(EnvironmentIdentity(name: "a", directory: "\(base)/link").identifier == direct.identifier)
    }

    @Test("a long name leaves room for a socket's path, and is told from others with the same beginning")
    func longNames() {
        let long = String(repeating: "x", count: 200)
        let one = EnvironmentIdentity(name: long + "1", directory: "/d")
        let other = EnvironmentIdentity(name: long + "2", directory: "/d")
        #expect("/run/harness/\(one.identifier)/control".utf8.count < 100)
        #expect(one.identifier != other.identifier)
    }
}
