@_exported import struct YAML.SourcePosition

/// A value and the place in the file that gave it.
public struct Located<Value: Hashable & Sendable>: Hashable, Sendable {
    /// What was written.
    public var value: Value
    /// Where.
    public var position: SourcePosition

    /// Puts a value and its place together.
    public init(_ value: Value, at position: SourcePosition) {
        self.value = value
        self.position = position
    }
}
