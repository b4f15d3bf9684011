/// A request to switch a service over to a new version, or to settle an earlier one.
public struct SwitchCall: Codable, Hashable, Sendable {
    /// What is to be done.
    public enum Step: String, Codable, Hashable, Sendable {
        /// Starts the new version and has names and ports lead to it.
        case begin
        /// Takes the old version away.
        case commit
        /// Goes back to the old version and takes the new one away.
        case rollBack
    }

    /// How the file is found, for ``Step/begin``, and how long it may take until everything is ready.
    public var up: UpCall
    /// The service.
    public var service: String
    /// What is to be done.
    public var step = Step.begin
    /// Instead of the image that the file says.
    public var image: String?
    /// Old and new may have a volume at once that both can write to.
    public var sharesVolumes = false

    /// A switch-over to what the file says.
    public init(service: String, up: UpCall) {
        self.service = service
        self.up = up
    }
}
