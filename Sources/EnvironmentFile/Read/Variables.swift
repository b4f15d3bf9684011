import YAML

/// Where the values of variables come from: the caller's environment, then `.env` files.
struct Variables {
    private var caller: [String: String]
    private var files: [String: String] = [:]
    private var places: [String: SourcePosition] = [:]

    init(caller: [String: String]) {
        self.caller = caller
    }

    subscript(name: String) -> String? { caller[name] ?? files[name] }

    /// Adds what a `.env` file defines: a later file wins over an earlier one, the caller's environment over all.
    mutating func add(_ definitions: [Dotenv.Definition]) {
        for definition in definitions { define(definition) }
    }

    private mutating func define(_ definition: Dotenv.Definition) {
        files[definition.name] = definition.value
        places[definition.name] = definition.position
    }

    /// Adds what a `.env` file of an `include` defines; what is known already stays.
    mutating func addMissing(_ definitions: [Dotenv.Definition]) {
        let known = self
        for definition in definitions where known[definition.name] == nil { define(definition) }
    }

    /// Fixes a variable whatever the caller says.
    mutating func set(_ name: String, to value: String) {
        caller[name] = value
    }

    /// Whether the caller's environment has it, and so counts.
    func isCallers(_ name: String) -> Bool { caller[name] != nil }

    /// What a file of variables says, and where, whether it counts or not.
    func definition(of name: String) -> (value: String, position: SourcePosition)? {
        guard let value = files[name], let position = places[name] else { return nil }
        return (value, position)
    }

    /// All of them with their values.
    var all: [String: String] { files.merging(caller) { $1 } }

    /// The home folder, for `~`.
    var home: String? { self["HOME"] }
}
