import YAML

extension ServiceDecoder {
    /// `healthcheck`.
    static let healthAttributes: [String: ServiceAttribute] = [
        "healthcheck": { node, service, decoding in service.healthcheck = healthcheck(node, decoding) }
    ]

    private static func healthcheck(_ node: Node, _ decoding: Decoding) -> Healthcheck? {
        guard let mapping = node.mapping else { return nil }
        var check = Healthcheck(probe: .image, position: node.position)
        if decoding.boolean(mapping["disable"]) == true {
            check.probe = .disabled
        } else if let test = mapping["test"], let probe = probe(test, decoding) {
            check.probe = probe
        }
        if let value = mapping["interval"].flatMap({ decoding.duration($0, "'interval'") }) { check.interval = value }
        if let value = mapping["timeout"].flatMap({ decoding.duration($0, "'timeout'") }) { check.timeout = value }
        if let value = mapping["start_period"].flatMap({ decoding.duration($0, "'start_period'") }) {
            check.startPeriod = value
        }
        check.startInterval = mapping["start_interval"].flatMap { decoding.duration($0, "'start_interval'") }
        if let value = mapping["retries"].flatMap({
            decoding.integer(
                $0, "'retries'", in: 0...Int64(Int32.max),
                ScalarText.integer($0).map { $0 < 0 } ?? false ? .invalidValue : .unusable)
        }) {
            check.retries = Int(value)
        }
        return check
    }

    private static func probe(_ node: Node, _ decoding: Decoding) -> Healthcheck.Probe? {
        guard let nodes = node.sequence else {
            return decoding.given(node).map(Healthcheck.Probe.shell)
        }
        let words = nodes.compactMap(\.text)
        switch words.first {
        case nil: return .image
        case "NONE" where words.count == 1: return .disabled
        case "CMD" where words.count > 1: return .command(Array(words.dropFirst()))
        case "CMD-SHELL" where words.count == 2: return .shell(words[1])
        default: break
        }
        let message =
            ["NONE", "CMD", "CMD-SHELL"].contains(words[0])
            ? "'\(words[0])' has the wrong number of words after it"
            : "a list under 'test' must begin with NONE, CMD or CMD-SHELL, not '\(words[0])'"
        decoding.diagnostics.error(
            .invalidValue, at: nodes.first ?? node, message,
            remedy: "write [CMD, program, argument, …], [CMD-SHELL, \"command line\"] or [NONE]")
        return nil
    }
}
