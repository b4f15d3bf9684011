import ArgumentParser
import EnvironmentFile
import ImageStore
import OCI

/// What `harness config` prints, and what it leaves undone.
struct ConfigOptions: ParsableArguments {
    /// A list that is printed instead of the model.
    enum Listing: String, EnumerableFlag {
        case services, volumes, networks, models, images, profiles, variables, environment

        static func name(for value: Listing) -> NameSpecification { .long }

        static func help(for value: Listing) -> ArgumentHelp? {
            switch value {
            case .environment: "Print the variables that are there for interpolation."
            case .variables: "Print the variables that the files use, with their defaults."
            default: ArgumentHelp("Print the \(value.rawValue), one on a line.")
            }
        }
    }

    @Flag(exclusivity: .exclusive)
    var listing: Listing?

    @Option(
        help: ArgumentHelp(
            "Print a digest of what services say, to find out what has changed; * is all.", valueName: "service"),
        completion: .services)
    var hash: String?

    @Flag(help: "Name images by their digests in the local store.")
    var resolveImageDigests = false

    @Flag(help: "Leave variables as they are written.")
    var noInterpolate = false

    @Flag(help: "Leave out what the specification implies: names, the default network, dependencies.")
    var noNormalize = false

    @Flag(help: "Leave relative paths relative.")
    var noPathResolution = false

    @Flag(help: "Don't check that what is referred to exists.")
    var noConsistency = false

    @Flag(help: "Leave env_file and label_file as they are written.")
    var noEnvResolution = false

    func validate() throws {
        if listing != nil, hash != nil { throw ValidationError("a listing and --hash exclude each other") }
    }

    var resolveOptions: ResolveOptions {
        var options = ResolveOptions()
        options.interpolates = !noInterpolate && listing != .variables
        options.normalizes = !noNormalize
        options.resolvesPaths = !noPathResolution
        options.checksConsistency = !noConsistency
        options.readsEnvironmentFiles = !noEnvResolution
        return options
    }

    /// The layout that is read for what is asked for.
    func layout(_ format: ModelFormat) -> ModelFormat {
        if hash != nil { return .json }
        return listing == nil ? format : .yaml
    }

    /// What goes to standard output.
    func text(of model: ResolvedModel) throws -> String {
        if let hash { return try lines(hashes(hash, model)) }
        let model = resolveImageDigests ? try Self.pinned(model) : model
        return switch listing {
        case nil: model.text
        case .services?, .volumes?, .networks?, .models?: lines(model.keys(of: listing?.rawValue ?? ""))
        case .images?: lines(model.images)
        case .profiles?: lines(model.profiles)
        case .environment?: lines(model.variables.map { "\($0.key)=\($0.value)" }.sorted())
        case .variables?: Self.table(model.variableUses)
        }
    }

    private func lines(_ texts: [String]) -> String { texts.map { $0 + "\n" }.joined() }

    // MARK: Digests

    private func hashes(_ list: String, _ model: ResolvedModel) throws -> [String] {
        let names = list == "*" ? model.keys(of: "services") : list.split(separator: ",").map(String.init)
        return try names.sorted().map { name in
            guard let bytes = model.hashedBytes(of: name) else {
                throw Failure("there is no service '\(name)'", code: .usage)
            }
            return "\(name) \(Digest(of: bytes).hex)"
        }
    }

    private static func pinned(_ model: ResolvedModel) throws -> ResolvedModel {
        let store = try ImageCommand.store()
        return try model.replacingImages { name in
            if name.contains("@") { return name }
            let image = try store.resolve(name)
            return "\(name)@\(image.digest)"
        }
    }

    // MARK: Variables

    /// Columns of at least 20 characters, three of them blank.
    private static func table(_ uses: [VariableUse]) -> String {
        let rows =
            [["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"]]
            + uses.map { [$0.name, $0.isRequired ? "true" : "false", $0.defaultValue, $0.alternateValue] }
        let widths = (0..<3).map { column in max(20, (rows.map { $0[column].count }.max() ?? 0) + 3) }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined() + (row.last ?? "") + "\n"
        }.joined()
    }
}
