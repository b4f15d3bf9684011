/// A variable that a file uses.
public struct VariableUse: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Somewhere it is used with `?`.
    public var isRequired = false
    /// What stands for it where it has no value; empty for none.
    public var defaultValue = ""
    /// What stands for it where it has one (`${NAME:+…}`); empty for none.
    public var alternateValue = ""

    /// Starts without default or alternative.
    init(name: String) { self.name = name }
}

/// Finds the variables of texts without putting anything in.
struct VariableFinder {
    private(set) var uses: [String: VariableUse] = [:]

    /// Adds the variables of every string in a value.
    mutating func add(_ value: ResolvedValue) {
        switch value {
        case .string(let text): add(Substring(text))
        case .list(let elements): for element in elements { add(element) }
        case .map(let entries): for entry in entries { add(entry.value) }
        default: break
        }
    }

    private mutating func add(_ text: Substring) {
        var rest = text
        while let dollar = rest.firstIndex(of: "$") {
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                rest.removeFirst()
            } else if rest.first == "{" {
                rest.removeFirst()
                let body = Self.body(rest)
                braced(body)
                rest = rest[body.endIndex...]
            } else {
                let name = Self.name(rest)
                if !name.isEmpty { note(String(name)) { _ in } }
                rest = rest[name.endIndex...]
            }
        }
    }

    private mutating func braced(_ body: Substring) {
        let name = Self.name(body)
        guard !name.isEmpty else { return }
        var word = body[name.endIndex...]
        if word.first == ":" { word.removeFirst() }
        let operation = word.first
        word = word.dropFirst()
        note(String(name)) { use in
            switch operation {
            case "-": if use.defaultValue.isEmpty { use.defaultValue = String(word) }
            case "+": if use.alternateValue.isEmpty { use.alternateValue = String(word) }
            case "?": use.isRequired = true
            default: break
            }
        }
        if operation != "?" { add(word) }
    }

    private mutating func note(_ name: String, _ change: (inout VariableUse) -> Void) {
        change(&uses[name, default: VariableUse(name: name)])
    }

    /// Up to the brace that closes the one before.
    private static func body(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "{": depth += 1
            case "}" where depth == 0: return text[..<index]
            case "}": depth -= 1
            default: break
            }
        }
        return text
    }

    private static func name(_ text: Substring) -> Substring {
        guard let first = text.first, first == "_" || first.isASCII && first.isLetter else { return text.prefix(0) }
        return text.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
}

extension ResolvedModel {
    /// The variables in the model, sorted by name: all that the files use, if it was made without putting them in.
    public var variableUses: [VariableUse] {
        var finder = VariableFinder()
        finder.add(value)
        return finder.uses.values.sorted { $0.name < $1.name }
    }
}
