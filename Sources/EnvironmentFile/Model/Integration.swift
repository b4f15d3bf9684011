import OrderedCollections

/// What a service asks of programs beside the engine: those that show its output, provide it, or serve it models.
public struct Integration: Hashable, Sendable {
    /// `attach`: whether its output is shown.
    public var isAttached = true
    /// `provider`.
    public var provider: Provider?
    /// `models`, by the key of the model; the variables that its address and name are put in, where they are given.
    public var models: OrderedDictionary<String, ModelUse> = [:]
    /// `gpus`.
    public var gpus: [DeviceRequest] = []
    /// `pull_refresh_after`: after which time an image is fetched again.
    public var pullRefreshAfter: String?
    /// `develop.watch`.
    public var watch: [WatchRule] = []

    /// Nothing of all that.
    public init() {}
}

/// A program that provides a service instead of a container.
public struct Provider: Hashable, Sendable {
    /// The program.
    public var type: Located<String>
    /// Its options, each with its values.
    public var options: OrderedDictionary<String, [String]>

    /// Puts the values together; nothing is checked.
    public init(type: Located<String>, options: OrderedDictionary<String, [String]>) {
        self.type = type
        self.options = options
    }
}

/// A service's use of a model.
public struct ModelUse: Hashable, Sendable {
    /// The variable with the model's address; `nil`: made of the model's key.
    public var endpointVariable: String?
    /// The variable with the model's name; `nil`: made of the model's key.
    public var nameVariable: String?
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(endpointVariable: String? = nil, nameVariable: String? = nil, position: SourcePosition) {
        self.endpointVariable = endpointVariable
        self.nameVariable = nameVariable
        self.position = position
    }
}

/// A top-level `models:` entry.
public struct Model: Hashable, Sendable {
    /// The model's reference.
    public var reference: String
    /// `name:` if given, else the reference.
    public var name: String
    /// Tokens that it looks at; `nil`: its own default.
    public var contextSize: Int64?
    /// Arguments of the program that runs it.
    public var runtimeFlags: [String]
    /// Where the key is.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        reference: String, name: String, contextSize: Int64? = nil, runtimeFlags: [String] = [],
        position: SourcePosition
    ) {
        self.reference = reference
        self.name = name
        self.contextSize = contextSize
        self.runtimeFlags = runtimeFlags
        self.position = position
    }
}
