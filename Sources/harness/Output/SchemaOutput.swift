import EnvironmentFile

/// The JSON Schema of environment files (`harness config --schema`).
enum SchemaOutput {
    /// - Parameter path: `nil`: to standard output.
    static func print(to path: String?) throws {
        let text = try JSONOutput.document(JSONSchema()) + "\n"
        if let path { try OutputFile.write(text, to: path) } else { try StandardOutput.write(text) }
    }
}
