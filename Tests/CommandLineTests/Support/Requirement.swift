import Glibc
import Testing

/// What a test needs of the machine.
///
/// A test that lacks it is skipped, and says so; with HARNESS_TEST_REQUIRE=all it runs, and fails of itself.
enum Requirement: CustomStringConvertible {
    /// To make namespaces and mounts.
    case root
    /// A program of that name in `/usr/bin`.
    case program(String)

    private var isMet: Bool {
        switch self {
        case .root: geteuid() == 0
        case .program(let name): access("/usr/bin/\(name)", X_OK) == 0
        }
    }

    var description: String {
        switch self {
        case .root: "root, to make namespaces and mounts"
        case .program(let name): "the program \(name)"
        }
    }

    /// Whether the test runs; prints why it does not.
    func allows(_ test: String) -> Bool {
        if isMet || variable("HARNESS_TEST_REQUIRE") == "all" { return true }
        let message = "skipped: \(test): needs \(self)\n"
        write(STDERR_FILENO, message, message.utf8.count)
        return false
    }
}

extension Trait where Self == ConditionTrait {
    /// The test boots containers.
    static func needsRoot(_ file: String = #fileID) -> Self {
        .enabled(if: Requirement.root.allows(file), "needs root")
    }

    /// The test runs programs that the harness itself does not need.
    static func needsPrograms(_ names: String..., file: String = #fileID) -> Self {
        .enabled(if: names.allSatisfy { Requirement.program($0).allows(file) }, "needs programs")
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
