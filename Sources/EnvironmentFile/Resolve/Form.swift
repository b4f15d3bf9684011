import YAML

/// How an attribute of the resolved model is read and printed: the vocabulary of the tables in `Forms+….swift`.
///
/// A form leaves out what carries nothing (empty text, zero, false), as Compose does; the forms that begin with
/// `optional` keep it, because there what was written differs from what was not.
indirect enum Form: Sendable {
    /// Text; a number or boolean becomes the text it stands for.
    case text
    case flag
    case optionalFlag
    case integer
    case optionalInteger
    /// A fraction of single precision.
    case fraction
    /// Bytes, printed as decimal text.
    case size
    /// A time, printed as `1m30s`.
    case duration
    case optionalDuration
    /// A path on the host, made absolute.
    case path
    /// A list of texts; one text alone is a list of one.
    case texts
    /// As ``texts``, each once.
    case uniqueTexts
    /// A command: text is split as a shell splits it.
    case command
    case list(Form)
    /// Any keys, sorted; an entry without value is null.
    case dictionary(Form)
    /// Variables without value are null.
    case variables
    /// Labels without value are empty.
    case labels
    /// An object that is left out only where it was not written.
    case object(ObjectForm)
    /// An object that JSON always has, and YAML where there is something in it.
    case structure(ObjectForm)
    /// Whatever it is, as it stands.
    case verbatim
    /// Known to the loader only.
    case dropped
    case custom(@Sendable (Node, Resolution) -> ResolvedValue?)
}

/// The attributes of an object, in the order in which they are printed.
struct ObjectForm: Sendable {
    /// One attribute.
    enum Field: Sendable {
        case written(String, Form)
        /// Depends on other attributes, or is there although nothing was written.
        case derived(String, @Sendable (Mapping, Resolution) -> ResolvedValue?)
    }

    let names: [String]
    let written: [String: (place: Int, form: Form)]
    let derived: [(place: Int, value: @Sendable (Mapping, Resolution) -> ResolvedValue?)]

    init(_ fields: [Field]) {
        var names: [String] = []
        var written: [String: (place: Int, form: Form)] = [:]
        var derived: [(place: Int, value: @Sendable (Mapping, Resolution) -> ResolvedValue?)] = []
        for (place, field) in fields.enumerated() {
            switch field {
            case .written(let name, let form):
                names.append(name)
                written[name] = (place, form)
            case .derived(let name, let value):
                names.append(name)
                // The written form is part of what is derived.
                written[name] = (place, .dropped)
                derived.append((place, value))
            }
        }
        self.names = names
        self.written = written
        self.derived = derived
    }
}
