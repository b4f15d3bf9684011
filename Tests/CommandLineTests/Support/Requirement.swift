import Glibc
import Testing

/// What a test needs of the machine.
///
/// A test that lacks it is skipped, and says so; with HARNESS_TEST_REQUIRE=all it runs, and fails of itself.
enum Requirement: String {
    case root = "root, to make namespaces and mounts"

    private var isMet: Bool {
        switch self {
        case .root: geteuid() == 0
        }
    }

    /// Whether the test runs; prints why it does not.
    func allows(_ test: String) -> Bool {
        if isMet || variable("HARNESS_TEST_REQUIRE") == "all" { return true }
        let message = "skipped: \(test): needs \(rawValue)\n"
        write(STDERR_FILENO, message, message.utf8.count)
        return false
    }
}

extension Trait where Self == ConditionTrait {
    /// The test boots containers.
    static func needsRoot(_ file: String = #fileID) -> Self {
        .enabled(if: Requirement.root.allows(file), "needs root")
    }
}

/// The root of the package.
let repository: String = {
    let components = #filePath.split(separator: "/").dropLast(4)
    return "/" + components.joined(separator: "/")
}()

/// A variable of the test process's environment; `nil` where it is missing or empty.
func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
}
