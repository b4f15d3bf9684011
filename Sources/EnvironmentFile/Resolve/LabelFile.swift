import YAML

/// `label_file`: labels written as variables are in `.env`.
enum LabelFile {
    /// What the file defines; a file that can't be read is an error at the place that names it.
    static func labels(_ node: Node, _ resolution: Resolution) -> [String: String] {
        let decoding = Decoding(
            diagnostics: resolution.diagnostics, variables: resolution.variables, directory: resolution.directory)
        return labels(node, decoding)
    }

    static func labels(_ node: Node, _ decoding: Decoding) -> [String: String] {
        guard let path = decoding.nonEmpty(node, "an entry of 'label_file'") else { return [:] }
        do throws(FileFailure) {
            let bytes = try FileReader.read(decoding.hostPath(path), limit: Limits.standard.bytes)
            let definitions = Dotenv.parse(bytes, file: path, diagnostics: decoding.diagnostics) {
                decoding.variables[$0]
            }
            return Dictionary(definitions.map { ($0.name, $0.value) }) { $1 }
        } catch {
            decoding.diagnostics.error(
                .unreadableFile, at: node, "label_file '\(path)': \(error.message)",
                remedy: error == .missing ? "create it" : error.remedy)
            return [:]
        }
    }
}
