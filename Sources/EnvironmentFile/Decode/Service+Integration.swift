import OrderedCollections
import YAML

extension ServiceDecoder {
    /// What other programs than the engine are asked for, and the state that a service boots from.
    static let integrationAttributes: [String: ServiceAttribute] = [
        "attach": { node, service, decoding in service.integration.isAttached = decoding.boolean(node) ?? true },
        "provider": { node, service, decoding in service.integration.provider = provider(node, decoding) },
        "models": { node, service, decoding in service.integration.models = modelUses(node, decoding) },
        "gpus": { node, service, decoding in service.integration.gpus = deviceRequests(node, decoding) },
        "pull_refresh_after": { node, service, decoding in
            service.integration.pullRefreshAfter = decoding.text(node)
        },
        "develop": { node, service, decoding in
            service.integration.watch = (node.mapping?["watch"]?.sequence ?? []).compactMap { rule($0, decoding) }
        },
        "snapshot": { node, service, decoding in service.fixture.isFrozen = decoding.boolean(node) ?? false },
        "seed": { node, service, decoding in
            service.fixture.seeds = (node.sequence ?? []).compactMap { item in
                guard let program = item.mapping?["command"], let words = command(program, "'command'", decoding),
                    !words.isEmpty
                else { return nil }
                return Fixture.Seed(command: words, position: item.position)
            }
        },
    ]

    private static func provider(_ node: Node, _ decoding: Decoding) -> Provider? {
        guard let type = decoding.located(node.mapping?["type"]) else { return nil }
        var options: OrderedDictionary<String, [String]> = [:]
        for option in node.mapping?["options"]?.mapping?.entries ?? [] {
            guard let name = option.key.text else { continue }
            options[name] = (option.value.sequence ?? [option.value]).compactMap(ScalarText.text)
        }
        return Provider(type: type, options: options)
    }

    private static func modelUses(_ node: Node, _ decoding: Decoding) -> OrderedDictionary<String, ModelUse> {
        var uses: OrderedDictionary<String, ModelUse> = [:]
        for item in node.sequence ?? [] { item.text.map { uses[$0] = ModelUse(position: item.position) } }
        for entry in node.mapping?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            uses[key] = ModelUse(
                endpointVariable: decoding.text(entry.value.mapping?["endpoint_var"]),
                nameVariable: decoding.text(entry.value.mapping?["model_var"]), position: entry.key.position)
        }
        return uses
    }

    private static func rule(_ node: Node, _ decoding: Decoding) -> WatchRule? {
        guard let mapping = node.mapping, let path = decoding.text(mapping["path"]),
            let action = decoding.text(mapping["action"]).flatMap(WatchRule.Action.init)
        else { return nil }
        var rule = WatchRule(
            path: decoding.hostPath(path), action: action, target: decoding.text(mapping["target"]),
            position: node.position)
        rule.ignored = decoding.textOrTexts(mapping["ignore"])
        rule.included = decoding.textOrTexts(mapping["include"])
        rule.copiesAtStart = decoding.boolean(mapping["initial_sync"]) ?? false
        rule.hook = mapping["exec"].flatMap { hook($0, decoding) }
        return rule
    }
}
