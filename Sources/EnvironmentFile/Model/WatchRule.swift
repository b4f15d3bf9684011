/// An entry of `develop.watch`: what happens when files of the host change.
public struct WatchRule: Hashable, Sendable {
    /// What happens.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        case rebuild, sync, restart
        case syncAndRestart = "sync+restart"
        case syncAndExecute = "sync+exec"

        /// Whether files are copied into the container.
        public var copies: Bool { self == .sync || self == .syncAndRestart || self == .syncAndExecute }
    }

    /// The absolute path of a file or folder on the host.
    public var path: String
    /// What happens.
    public var action: Action
    /// Where in the container files are copied to; there if ``Action/copies``.
    public var target: String?
    /// Patterns as `.dockerignore` has them, relative to ``path``: what is passed over.
    public var ignored: [String] = []
    /// As ``ignored``: what is looked at; empty: everything.
    public var included: [String] = []
    /// Whether files are copied before the first change.
    public var copiesAtStart = false
    /// What runs in the container after copying (`sync+exec`).
    public var hook: Hook?
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(path: String, action: Action, target: String? = nil, position: SourcePosition) {
        self.path = path
        self.action = action
        self.target = target
        self.position = position
    }
}
