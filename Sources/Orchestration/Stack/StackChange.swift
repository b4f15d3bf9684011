/// One thing that is to be done to a container of a running environment, and why.
public struct StackChange: Hashable, Sendable {
    /// What is to be done.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// It is new.
        case create
        /// It has ended, or was stopped.
        case start
        /// It is stopped, thrown away, and started from its image; named volumes stay.
        case replace
        /// It is stopped and started with what it has written.
        case restart
        /// Its ports are opened and closed, and it runs on.
        case publish
        /// It is stopped and thrown away; named volumes stay.
        case remove
        /// Nothing.
        case keep
    }

    /// The container's name.
    public var container: String
    /// What is to be done.
    public var action: Action
    /// Why, each a part of a sentence.
    public var causes: [String]

    /// A change for these reasons.
    public init(_ container: String, _ action: Action, _ causes: [String] = []) {
        self.container = container
        self.action = action
        self.causes = causes
    }
}

extension StackChange: CustomStringConvertible {
    /// `replace db: another image, environment PGDATA`
    public var description: String {
        "\(action.rawValue) \(container)" + (causes.isEmpty ? "" : ": \(causes.joined(separator: ", "))")
    }
}
