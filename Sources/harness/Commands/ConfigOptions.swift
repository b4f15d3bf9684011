import ArgumentParser
import EnvironmentFile

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

    var resolveOptions: ResolveOptions {
        var options = ResolveOptions()
        options.interpolates = !noInterpolate
        options.normalizes = !noNormalize
        options.resolvesPaths = !noPathResolution
        options.checksConsistency = !noConsistency
        options.readsEnvironmentFiles = !noEnvResolution
        return options
    }

    /// Listings read the model in its YAML layout.
    func layout(_ format: ModelFormat) -> ModelFormat { listing == nil ? format : .yaml }

    /// What goes to standard output.
    func text(of model: ResolvedModel) throws -> String {
        switch listing {
        case nil: model.text
        case .services, .volumes, .networks, .models: lines(model.keys(of: listing?.rawValue ?? ""))
        case .images: lines(model.images)
        case .profiles: lines(model.profiles)
        case .environment: lines(model.variables.map { "\($0.key)=\($0.value)" }.sorted())
        case .variables: ""
        }
    }

    private func lines(_ texts: [String]) -> String { texts.map { $0 + "\n" }.joined() }
}
