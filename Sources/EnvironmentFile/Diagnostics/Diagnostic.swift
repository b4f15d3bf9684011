/// Something to tell the author of an environment file: where, what is wrong, what to do.
public struct Diagnostic: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// There is no environment.
        case error
        /// The environment is usable, but not all that the file says holds.
        case warning
    }

    /// The kind of mistake, in words that are stable and meant for programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case syntax
        case unreadableFile = "unreadable-file"
        case noFile = "no-file"
        case emptyFile = "empty-file"
        case unknownKey = "unknown-key"
        case wrongType = "wrong-type"
        case invalidValue = "invalid-value"
        /// Compose takes it, but no engine can do anything with it.
        case unusable = "unusable-value"
        case missingKey = "missing-key"
        case conflict = "conflict"
        case duplicate = "duplicate"
        case undefinedReference = "undefined-reference"
        case dependencyCycle = "dependency-cycle"
        /// Files include, or services extend, each other in a circle.
        case cycle
        case invalidTemplate = "invalid-template"
        case requiredVariable = "required-variable"
        case unsetVariable = "unset-variable"
        case notHonoured = "not-honoured"
        case obsolete
        case projectName = "project-name"
    }

    /// What it is about.
    public enum Subject: Hashable, Sendable {
        /// A character of a file.
        case position(SourcePosition)
        /// A file or folder as a whole, as the user would write it.
        case path(String)
        /// The request itself.
        case request
    }

    /// Another place that has to do with it.
    public struct Related: Hashable, Sendable {
        /// Where.
        public var position: SourcePosition
        /// What is there: a few words without capital or full stop.
        public var message: String

        /// Points at a place.
        public init(_ position: SourcePosition, _ message: String) {
            self.position = position
            self.message = message
        }
    }

    /// How bad it is.
    public var severity: Severity
    /// Its kind.
    public var code: Code
    /// What it is about.
    public var subject: Subject
    /// One sentence without position, capital or full stop.
    public var message: String
    /// What to try next, where that can be known.
    public var remedy: String?
    /// Other places to look at, in the order in which to read them.
    public var related: [Related]

    /// Describes a mistake.
    public init(
        _ severity: Severity = .error, _ code: Code, _ subject: Subject, _ message: String, remedy: String? = nil,
        related: [Related] = []
    ) {
        self.severity = severity
        self.code = code
        self.subject = subject
        self.message = message
        self.remedy = remedy
        self.related = related
    }

    /// The character it is about, unless it concerns a whole file or none.
    public var position: SourcePosition? {
        if case .position(let position) = subject { position } else { nil }
    }
}
