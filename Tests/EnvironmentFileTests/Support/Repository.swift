import Foundation

/// Files of the package itself.
enum Repository {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL.path

    static func text(of file: String) throws -> String {
        try String(contentsOfFile: path + "/" + file, encoding: .utf8)
    }

    /// Every environment file directly below a folder of Environments/, as paths of the package.
    static func environments() throws -> [String] {
        let folders = try FileManager.default.contentsOfDirectory(atPath: path + "/Environments").sorted()
        return try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: path + "/Environments/" + folder)
                .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
                .map { "Environments/\(folder)/\($0)" }
        }
    }

    /// Whether files that are made of the code are to be written anew instead of compared: HARNESS_TEST_UPDATE=1.
    static let updates = ProcessInfo.processInfo.environment["HARNESS_TEST_UPDATE"] == "1"

    static func write(_ text: String, to file: String) throws {
        try text.write(toFile: path + "/" + file, atomically: true, encoding: .utf8)
    }
}
