/// `snapshot` and `seed`: the state from which a service boots.
public struct Fixture: Hashable, Sendable {
    /// Whether the service is frozen once it is ready, so that the next boot starts from there.
    public var isFrozen = false
    /// Run one after the other in the container once it is ready, before it is frozen.
    public var seeds: [Seed] = []

    /// No state but the image's.
    public init() {}

    /// An entry of `seed`.
    public struct Seed: Hashable, Sendable {
        /// The program and its arguments; never empty.
        public var command: [String]
        /// Where it is in the file.
        public var position: SourcePosition

        /// Puts the values together; nothing is checked.
        public init(command: [String], position: SourcePosition) {
            self.command = command
            self.position = position
        }
    }
}
