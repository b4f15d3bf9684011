/// Where the values of variables come from: the caller's environment, then `.env` files.
struct Variables {
    private var caller: [String: String]
    private var files: [String: String] = [:]

    init(caller: [String: String]) {
        self.caller = caller
    }

    subscript(name: String) -> String? { caller[name] ?? files[name] }

    /// Adds what a `.env` file defines: a later file wins over an earlier one, the caller's environment over all.
    mutating func add(_ definitions: [Dotenv.Definition]) {
        for definition in definitions { files[definition.name] = definition.value }
    }

    /// Adds what a `.env` file of an `include` defines; what is known already stays.
    mutating func addMissing(_ definitions: [Dotenv.Definition]) {
        let known = self
        for definition in definitions where known[definition.name] == nil { files[definition.name] = definition.value }
    }

    /// Fixes a variable whatever the caller says.
    mutating func set(_ name: String, to value: String) {
        caller[name] = value
    }

    /// All of them with their values.
    var all: [String: String] { files.merging(caller) { $1 } }

    /// The home folder, for `~`.
    var home: String? { self["HOME"] }
}
