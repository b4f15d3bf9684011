import Foundation

/// Files of the package itself.
enum Repository {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL.path

    static func text(of file: String) throws -> String {
        try String(contentsOfFile: path + "/" + file, encoding: .utf8)
    }

    /// Whether files that are made of the code are to be written anew instead of compared: HARNESS_TEST_UPDATE=1.
    static let updates = ProcessInfo.processInfo.environment["HARNESS_TEST_UPDATE"] == "1"

    static func write(_ text: String, to file: String) throws {
        try text.write(toFile: path + "/" + file, atomically: true, encoding: .utf8)
    }
}
