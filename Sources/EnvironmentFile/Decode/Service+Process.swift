import YAML

extension ServiceDecoder {
    /// How the service's process is started and stopped.
    static let processAttributes: [String: ServiceAttribute] = [
        "command": { node, service, decoding in service.command = command(node, "'command'", decoding) },
        "entrypoint": { node, service, decoding in service.entrypoint = command(node, "'entrypoint'", decoding) },
        "user": { node, service, decoding in service.user = decoding.given(node) },
        "working_dir": { node, service, decoding in
            service.workingDirectory = containerPath(node, "'working_dir'", decoding)
        },
        "init": { node, service, decoding in service.hasInit = decoding.boolean(node) ?? false },
        "stop_signal": { node, service, decoding in service.stopSignal = signal(node, decoding) },
        "stop_grace_period": { node, service, decoding in
            service.stopGracePeriod = decoding.duration(node, "'stop_grace_period'")
        },
    ]

    /// `nil` for nothing written, so that the image's own counts.
    static func command(_ node: Node, _ name: String, _ decoding: Decoding) -> [String]? {
        if node.sequence != nil { return decoding.texts(node) }
        guard let text = decoding.text(node) else { return nil }
        if let words = ShellWords.split(text) { return words }
        decoding.diagnostics.error(
            .invalidValue, at: node, "\(name) has a quote that is not closed",
            remedy: "close it, or write a list: [program, argument]")
        return nil
    }

    static func containerPath(_ node: Node, _ name: String, _ decoding: Decoding) -> String? {
        guard let text = decoding.given(node) else { return nil }
        guard text.hasPrefix("/") else {
            decoding.diagnostics.error(
                .unusable, at: node, "\(name) must be an absolute path, not '\(text)'", remedy: "write '/\(text)'")
            return nil
        }
        return Path.normalized(text)
    }

    private static func signal(_ node: Node, _ decoding: Decoding) -> String? {
        guard let text = decoding.given(node) else { return nil }
        if SignalName.number(of: text) != nil { return text }
        let name = text.uppercased()
        let full = name.hasPrefix("SIG") ? name : "SIG" + name
        decoding.diagnostics.error(
            .unusable, at: node, "'\(text)' is not a signal",
            remedy: Suggestion.remedy(for: full, among: SignalName.names) ?? "use a name such as SIGTERM, or 1 to 64")
        return nil
    }
}
