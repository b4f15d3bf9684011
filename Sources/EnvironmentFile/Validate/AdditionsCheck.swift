import YAML

/// Checks the values of the additions to Compose that no decoder has looked at: `test` and `seed`.
struct AdditionsCheck {
    /// Merged, in long forms.
    let document: Mapping
    let diagnostics: DiagnosticCollector

    /// More copies than this are taken for a mistake.
    static let shardLimit: Int64 = 1024

    func check() {
        for service in document["services"]?.mapping?.entries ?? [] {
            for seed in service.value.mapping?["seed"]?.sequence ?? [] { checkCommand(seed.mapping?["command"]) }
        }
        guard let test = document["test"]?.mapping else { return }
        checkShards(test["shards"])
        checkTimeout(test["timeout"])
        for axis in test["matrix"]?.mapping?.entries ?? [] { checkAxis(axis) }
        if let matrix = test.entry("matrix"), matrix.value.mapping?.entries.isEmpty ?? false {
            diagnostics.error(
                .invalidValue, at: matrix.value, "'matrix' has no variable",
                remedy: "write NAME: [VALUE, …], or remove it")
        }
        let artifacts = test["artifacts"]
        for pattern in artifacts?.sequence ?? artifacts.map({ [$0] }) ?? [] { checkPattern(pattern) }
    }

    private func checkCommand(_ node: Node?) {
        guard let node, node.sequence?.isEmpty ?? (node.text?.allSatisfy(\.isWhitespace) ?? false) else { return }
        diagnostics.error(.invalidValue, at: node, "'command' must name a program")
    }

    private func checkShards(_ node: Node?) {
        guard let node, let count = node.text.flatMap(ScalarText.integer), !(1...Self.shardLimit).contains(count) else {
            return
        }
        diagnostics.error(.invalidValue, at: node, "'shards' must be 1 to \(Self.shardLimit), not \(count)")
    }

    private func checkTimeout(_ node: Node?) {
        guard let node, let text = node.text, DurationText.parse(text) == .zero else { return }
        diagnostics.error(
            .invalidValue, at: node, "'timeout' leaves the test no time", remedy: "write a longer time, or remove it")
    }

    private func checkAxis(_ axis: Mapping.Entry) {
        guard let name = axis.key.text else { return }
        let isName =
            name.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
                default: false
                }
            }
        if !isName {
            diagnostics.error(
                .invalidValue, at: axis.key, "'\(name)' can't be a variable's name",
                remedy: "use letters, digits and '_', and no digit first")
        }
        guard let values = axis.value.sequence else { return }
        if values.isEmpty {
            diagnostics.error(
                .invalidValue, at: axis.value, "'\(name)' has no value, so there would be no run",
                remedy: "list its values, or remove it")
        }
        var seen: [String: Node] = [:]
        for value in values {
            guard let text = value.text else { continue }
            if let first = seen[text] {
                diagnostics.error(
                    .duplicate, at: value, "'\(text)' is already a value of '\(name)'", remedy: "remove one of the two",
                    related: [Diagnostic.Related(first.position, "first given here")])
            } else {
                seen[text] = value
            }
        }
    }

    private func checkPattern(_ node: Node) {
        guard let text = node.text else { return }
        let reason: String? =
            if text.isEmpty {
                "a pattern can't be empty"
            } else if text.hasPrefix("/") || text.split(separator: "/").contains("..") {
                "'\(text)' leads out of the project directory"
            } else {
                nil
            }
        guard let reason else { return }
        diagnostics.error(.invalidValue, at: node, reason, remedy: "write a path below it, such as 'reports/**'")
    }
}
