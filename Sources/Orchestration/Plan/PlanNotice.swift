import EnvironmentFile

/// Something in the file that has less effect than its author may think.
public struct PlanNotice: Hashable, Sendable, CustomStringConvertible {
    /// What has less effect.
    public enum Kind: Hashable, Sendable {
        /// `healthcheck` has only timing, and the image has no check either.
        case healthcheckWithoutTest(service: String, image: String)
        /// The names of two services give the same variables; the first service has them.
        case variableCollision(service: String, first: String, prefix: String)
        /// `links` to a service on another network.
        case linkWithoutNetwork(service: String, other: String)
    }

    /// What has less effect.
    public var kind: Kind
    /// Where it stands.
    public var position: SourcePosition

    /// A notice about that place.
    public init(_ kind: Kind, at position: SourcePosition) {
        self.kind = kind
        self.position = position
    }

    /// `FILE:LINE:COLUMN: warning: MESSAGE`.
    public var description: String {
        switch kind {
        case .healthcheckWithoutTest(let service, let image):
            "\(position): warning: the health check of '\(service)' has no test, and neither has its image '\(image)': "
                + "nothing is checked"
        case .linkWithoutNetwork(let service, let other):
            "\(position): warning: '\(service)' has a link to '\(other)', with which it shares no network"
        case .variableCollision(let service, let first, let prefix):
            "\(position): warning: services '\(first)' and '\(service)' both stand for \(prefix)_*: "
                + "the test sees those of '\(first)'"
        }
    }
}
