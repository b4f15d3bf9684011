import YAML

/// `label_file`: labels written as variables are in `.env`; variables of the caller are none of them.
enum LabelFile {
    /// What the file defines, in its order; a file that can't be read is an error at the place that names it.
    static func labels(_ node: Node, _ resolution: Resolution) -> [(name: String, value: String)] {
        let decoding = Decoding(
            diagnostics: resolution.diagnostics, variables: resolution.variables, directory: resolution.directory)
        return labels(node, decoding)
    }

    static func labels(_ node: Node, _ decoding: Decoding) -> [(name: String, value: String)] {
        guard let path = decoding.nonEmpty(node, "an entry of 'label_file'") else { return [] }
        do throws(FileFailure) {
            let file = decoding.hostPath(path)
            let shown = decoding.diagnostics.shown(file)
            let bytes = try FileReader.read(file, limit: Limits.standard.bytes)
            decoding.diagnostics.register(file: shown)
            let definitions = Dotenv.parse(bytes, file: shown, diagnostics: decoding.diagnostics) { _ in nil }
            return definitions.map { ($0.name, $0.value) }
        } catch {
            decoding.diagnostics.error(
                .unreadableFile, at: node, "label_file '\(path)': \(error.message)",
                remedy: error == .missing ? "create it" : error.remedy)
            return []
        }
    }
}
