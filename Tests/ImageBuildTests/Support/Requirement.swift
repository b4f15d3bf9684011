import Glibc
import Testing

/// What a test needs of the machine.
///
/// Where that is missing the test is left out, which is said on standard error; with `HARNESS_TEST_REQUIRE=all` it
/// fails instead.
struct Requirement {
    var name: String
    var isMet: Bool

    static let root = Self(name: "root", isMet: geteuid() == 0)

    static func program(_ name: String) -> Self {
        let isInstalled = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].contains {
            access("\($0)/\(name)", X_OK) == 0
        }
        return Self(name: "the program \(name)", isMet: isInstalled)
    }

    /// Whether the test can go on.
    func check(_ test: String = #function) -> Bool {
        if isMet { return true }
        if getenv("HARNESS_TEST_REQUIRE").map({ String(cString: $0) }) == "all" {
            Issue.record("\(test) needs \(name)")
        } else {
            let line = Array("SKIPPED \(test): needs \(name)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
        }
        return false
    }
}
