import YAML

/// Notes where variables are used, for `harness config --explain`.
final class VariableTrace {
    private var uses: [(name: String, use: VariableExplanation.Use)] = []
    private var seen: Set<Occurrence> = []

    /// Several variables of a folded text stand at the same place, as well as one can tell.
    private struct Occurrence: Hashable {
        var place: SourcePosition
        var use: Template.Use
    }

    /// - Parameter place: Where the variable is written; a node behind an alias counts once.
    func add(_ use: Template.Use, at place: SourcePosition) {
        guard seen.insert(Occurrence(place: place, use: use)).inserted else { return }
        let (value, isDefault): (String?, Bool) =
            switch use.outcome {
            case .value(let text): (text, false)
            case .fallback(let text): (text, true)
            case .alternative(let text): (text, false)
            case .nothing: (nil, false)
            }
        let entry = VariableExplanation.Use(
            file: place.file, line: place.line, column: place.column, text: use.text, value: value, isDefault: isDefault
        )
        uses.append((use.name, entry))
    }

    func explanation(of name: String, _ variables: Variables, isProjectName: Bool) -> VariableExplanation {
        let definition = variables.definition(of: name)
        let origin: VariableExplanation.Origin =
            if isProjectName {
                .project
            } else if variables.isCallers(name) {
                .environment
            } else if let definition {
                .file(definition.position)
            } else {
                .unset
            }
        var overridden: SourcePosition?
        if case .environment = origin { overridden = definition?.position }
        let mine = uses.filter { $0.name == name }.map(\.use)
        var nearest: String?
        if mine.isEmpty { nearest = Suggestion.closest(to: name, among: Set(uses.map(\.name))) }
        return VariableExplanation(
            name: name, value: variables[name], origin: origin, overridden: overridden, uses: mine, nearest: nearest)
    }
}
