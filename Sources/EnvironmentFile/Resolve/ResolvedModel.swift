/// The resolved model of an environment, as `harness config` prints it.
public struct ResolvedModel: Hashable, Sendable {
    /// The project's name.
    public var name: String
    /// The whole model, sections and attributes in the order in which they are printed.
    public var value: ResolvedValue
    /// How it is laid out.
    public var format: ModelFormat
    /// Every profile that a service names, enabled or not, sorted.
    public var profiles: [String]
    /// The variables that were there for interpolation.
    public var variables: [String: String]
    /// Whether dollar signs are doubled, so that what is printed could be interpolated again.
    var escapesDollars = true

    /// The keys of a section (`services`, `networks`, `volumes`, …), in order.
    public func keys(of section: String) -> [String] { value[section]?.keys ?? [] }

    /// The references of all images, in the order of the services: the one named, else the one that a build makes.
    public var images: [String] {
        guard case .map(let services)? = value["services"] else { return [] }
        return services.map { $0.value["image"]?.text ?? "\(name)-\($0.key)" }
    }

    /// The text of the whole model, its last line ended.
    public var text: String {
        let printed = escapesDollars ? value.mappingStrings(Self.escaped) : value
        return switch format {
        case .json: JSONPrinter.text(printed) + "\n"
        case .yaml: YAMLPrinter.text(printed)
        }
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        return text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
    }
}
