/// A value that goes over the socket between the orchestrator and the launcher.
///
/// Both ends are the same binary, so that the form needs no versions: numbers are little-endian, strings and arrays
/// have a count of 32 bits in front, optionals a byte.
protocol WireCodable {
    func encode(to writer: inout WireWriter)
    init(from reader: inout WireReader) throws(WireError)
}

/// A message that does not have the form it should have.
struct WireError: Error, Hashable {}

/// Appends values to a message.
struct WireWriter {
    var bytes: [UInt8] = []

    /// Appends values in the order in which the reader takes them.
    mutating func write<each Value: WireCodable>(_ value: repeat each Value) {
        repeat (each value).encode(to: &self)
    }
}

/// Takes values off a message.
struct WireReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read<Value: WireCodable>(_ type: Value.Type = Value.self) throws(WireError) -> Value {
        try Value(from: &self)
    }

    mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - offset else { throw WireError() }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    var isAtEnd: Bool { offset == bytes.count }
}

extension WireCodable where Self: FixedWidthInteger {
    func encode(to writer: inout WireWriter) {
        withUnsafeBytes(of: littleEndian) { writer.bytes.append(contentsOf: $0) }
    }

    init(from reader: inout WireReader) throws(WireError) {
        var value: Self = 0
        let source = try reader.take(MemoryLayout<Self>.size)
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: source) }
        self = Self(littleEndian: value)
    }
}

extension UInt8: WireCodable {}
extension UInt16: WireCodable {}
extension UInt32: WireCodable {}
extension Int32: WireCodable {}
extension Int64: WireCodable {}

extension Bool: WireCodable {
    func encode(to writer: inout WireWriter) { writer.write(self ? 1 as UInt8 : 0) }
    init(from reader: inout WireReader) throws(WireError) { self = try reader.read(UInt8.self) != 0 }
}

extension String: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(UInt32(utf8.count))
        writer.bytes.append(contentsOf: utf8)
    }

    init(from reader: inout WireReader) throws(WireError) {
        let count = try reader.read(UInt32.self)
        self = String(decoding: try reader.take(Int(count)), as: UTF8.self)
    }
}

extension Array: WireCodable where Element: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(UInt32(count))
        for element in self { writer.write(element) }
    }

    init(from reader: inout WireReader) throws(WireError) {
        let count = try reader.read(UInt32.self)
        self = []
        for _ in 0..<count { append(try reader.read(Element.self)) }
    }
}

extension Optional: WireCodable where Wrapped: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(self != nil)
        if let value = self { writer.write(value) }
    }

    init(from reader: inout WireReader) throws(WireError) {
        self = try reader.read(Bool.self) ? try reader.read(Wrapped.self) : nil
    }
}
