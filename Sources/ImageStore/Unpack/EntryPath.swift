/// The name of an archive's entry, taken apart: where it goes, and what it is called there.
///
/// A leading slash and `.` count for nothing, as tar(1) and Docker have it. `..` is refused wherever it stands: no
/// program that archives a root file system writes it.
struct EntryPath {
    /// Null-terminated, relative to the root; `.` for the root itself.
    let parent: [CChar]
    /// Null-terminated, one component; `nil` for the root itself.
    let name: [CChar]?
    /// The whole path without a leading slash, not null-terminated.
    let bytes: [UInt8]

    /// Takes a name as the archive has it.
    ///
    /// - Throws: ``ArchiveError`` of kind `nameRefused` for `..`, a null byte, no name, or over 4,096 bytes.
    init(_ name: [UInt8]) throws(ArchiveError) {
        guard !name.isEmpty, name.count <= TarReader.nameLimit, !name.contains(0) else {
            throw ArchiveError(.nameRefused, entryNamed: name)
        }
        let components = name.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
        guard !components.contains(where: { $0.elementsEqual(Array("..".utf8)) }) else {
            throw ArchiveError(.nameRefused, entryNamed: name)
        }
        self.init(components: components)
    }

    /// Takes a name; `nil` where it is refused.
    init?(ifAllowed name: [UInt8]) {
        do {
            try self.init(name)
        } catch {
            return nil
        }
    }

    private init(components: [ArraySlice<UInt8>]) {
        let parent = Array(components.dropLast().joined(separator: [UInt8(ascii: "/")]))
        self.parent = cString(parent.isEmpty ? [UInt8(ascii: ".")] : parent)
        name = components.last.map { cString(Array($0)) }
        bytes = Array(components.joined(separator: [UInt8(ascii: "/")]))
    }

    /// The last component as bytes.
    var lastComponent: [UInt8] { name.map { $0.dropLast().map { UInt8(bitPattern: $0) } } ?? [] }

    /// The components of the path above the last one.
    var parentComponents: [[UInt8]] {
        parent.dropLast().map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    /// For people.
    var description: String { String(String(decoding: bytes, as: UTF8.self).prefix(200)) }
}

/// The null-terminated form that system calls take; names are bytes, a String would change what is no UTF-8.
func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

/// A null-terminated name for a message.
func text(_ name: [CChar]) -> String { String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
