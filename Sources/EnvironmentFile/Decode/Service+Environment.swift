import OrderedCollections
import YAML

extension ServiceDecoder {
    /// `env_file`, in order, and `environment` over it.
    static func environment(_ mapping: Mapping, _ decoding: Decoding) -> OrderedDictionary<String, String> {
        var result = environmentFiles(mapping, decoding)
        for (name, value) in decoding.variables(mapping["environment"]) { result[name] = value }
        return result
    }

    /// What the files of `env_file` define, a later one winning.
    static func environmentFiles(_ mapping: Mapping, _ decoding: Decoding) -> OrderedDictionary<String, String> {
        var result: OrderedDictionary<String, String> = [:]
        for item in mapping["env_file"]?.sequence ?? [] {
            for definition in definitions(item, over: result, decoding) { result[definition.name] = definition.value }
        }
        return result
    }

    private static func definitions(
        _ item: Node, over earlier: OrderedDictionary<String, String>, _ decoding: Decoding
    ) -> [Dotenv.Definition] {
        guard let mapping = item.mapping, let node = mapping["path"], let path = decoding.nonEmpty(node, "'path'")
        else {
            return []
        }
        var format = Dotenv.Format.dotenv
        if let written = mapping["format"], let text = decoding.text(written) {
            guard let known = Dotenv.Format(rawValue: text) else {
                decoding.diagnostics.error(
                    .invalidValue, at: written, "'\(text)' is no format of an 'env_file'",
                    remedy: "write 'raw', or leave it out")
                return []
            }
            format = known
        }
        do throws(FileFailure) {
            let file = decoding.hostPath(path)
            let shown = decoding.diagnostics.shown(file)
            let bytes = try FileReader.read(file, limit: Limits.standard.bytes)
            decoding.diagnostics.register(file: shown)
            return Dotenv.parse(bytes, file: shown, format: format, diagnostics: decoding.diagnostics) { name in
                earlier[name] ?? decoding.variables[name]
            }
        } catch {
            if error == .missing, decoding.boolean(mapping["required"]) == false { return [] }
            decoding.diagnostics.error(
                .unreadableFile, at: node, "env_file '\(path)': \(error.message)",
                remedy: error == .missing ? "create it, or write 'required: false'" : nil)
            return []
        }
    }
}
