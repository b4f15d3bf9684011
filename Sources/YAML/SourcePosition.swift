/// A place in a file that a person edits.
public struct SourcePosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path as the user wrote it; `-` is standard input.
    public var file: String
    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in characters (Unicode scalars).
    public var column: Int

    /// Makes the position of a character.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, as compilers print it.
    public var description: String { "\(file):\(line):\(column)" }

    /// By file, then line, then column.
    public static func < (left: Self, right: Self) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}
