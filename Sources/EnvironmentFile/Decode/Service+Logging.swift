import YAML

extension ServiceDecoder {
    private static let keptDrivers = ["json-file", "local"]
    private static let maximumFiles: Int64 = 1000
    /// Bytes that a file of a log has at least: a line of 16 KiB, escaped, has room in it.
    private static let minimumSize: Int64 = 128 << 10

    /// `logging`: drivers `json-file`, `local` and `none`, options `max-size` and `max-file`.
    static func decodeLogging(_ node: Node, _ service: inout Service, _ decoding: Decoding) {
        if let driver = node.mapping?["driver"], let name = decoding.text(driver), !name.isEmpty {
            service.logging.isKept = name != "none"
            if name != "none", !keptDrivers.contains(name) {
                decoding.diagnostics.warning(
                    .notHonoured, at: driver, "the logging driver '\(name)' is not honoured: output is kept in files",
                    remedy: "write json-file, local or none")
            }
        }
        for entry in node.mapping?["options"]?.mapping?.entries ?? [] where !entry.value.isNull {
            switch entry.key.text {
            case "max-size": setMaximumSize(entry.value, &service, decoding)
            case "max-file":
                guard entry.value.text.flatMap(ScalarText.integer) != nil else {
                    decoding.diagnostics.error(.invalidValue, at: entry.value, "'max-file' must be a whole number")
                    continue
                }
                if let count = decoding.integer(entry.value, "'max-file'", in: 1...maximumFiles) {
                    service.logging.maximumFiles = Int(count)
                }
            case let name?:
                decoding.diagnostics.warning(
                    .notHonoured, at: entry.key, "the logging option '\(name)' is not honoured",
                    remedy: "max-size and max-file are")
            case nil: break
            }
        }
    }

    private static func setMaximumSize(_ node: Node, _ service: inout Service, _ decoding: Decoding) {
        // Docker's word for no bound. A log without one fills the disk some day.
        guard node.text != "-1", let size = decoding.size(node, "'max-size'") else { return }
        guard size > 0 else {
            decoding.diagnostics.error(.invalidValue, at: node, "'max-size' must be more than 0")
            return
        }
        service.logging.maximumSize = max(size, minimumSize)
    }
}
