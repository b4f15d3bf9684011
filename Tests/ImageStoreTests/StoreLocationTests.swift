import ImageStore
import Testing

@Suite("The store's place")
struct StoreLocationTests {
    static let places: [([String: String], UInt32, String)] = [
        (["HARNESS_HOME": "/srv/h/", "HOME": "/root"], 0, "/srv/h"),
        (["HARNESS_HOME": "/srv/h", "XDG_DATA_HOME": "/x"], 1000, "/srv/h"),
        (["HOME": "/root", "XDG_DATA_HOME": "/x"], 0, "/var/lib/harness"),
        (["HOME": "/home/u", "XDG_DATA_HOME": "/x"], 1000, "/x/harness"),
        (["HOME": "/home/u", "XDG_DATA_HOME": "", "HARNESS_HOME": ""], 1000, "/home/u/.local/share/harness"),
    ]

    @Test("follows HARNESS_HOME, the user, XDG_DATA_HOME and HOME, in that order", arguments: places)
    func place(variables: [String: String], user: UInt32, root: String) throws {
        #expect(try StoreLocation(environment: { variables[$0] }, user: user).root == root)
    }

    @Test("must be absolute and known")
    func refused() {
        for variables in [["HARNESS_HOME": "relative"], ["XDG_DATA_HOME": "relative"], [:]] {
            #expect(throws: ImageStoreError.self) { try StoreLocation(environment: { variables[$0] }, user: 1000) }
        }
    }
}
