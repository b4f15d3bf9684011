/// An entry that hides what lower layers have (image-spec `layer.md`, "Whiteouts").
enum Whiteout: Hashable {
    /// `.wh.NAME`: hides the file or directory NAME beside it.
    case file([UInt8])
    /// `.wh..wh..opq`: hides everything that lower layers have in this directory.
    case opaque
    /// `.wh..wh.*`: the bookkeeping of AUFS, without a meaning for others.
    case ignored

    private static let prefix = Array(".wh.".utf8)

    /// What the name asks for; `nil` where it is an ordinary one.
    ///
    /// - Throws: ``ArchiveError`` of kind `whiteoutRefused` where no file is named, `.` or `..` is, or a directory on the
    ///   way has a reserved name.
    init?(_ path: EntryPath) throws(ArchiveError) {
        let name = path.lastComponent
        guard
            !path.parentComponents.contains(where: {
                $0.starts(with: Self.prefix) && !$0.starts(with: Self.prefix + Self.prefix)
            })
        else { throw ArchiveError(.whiteoutRefused, entryNamed: path.bytes) }
        if path.parentComponents.contains(where: { $0.starts(with: Self.prefix) }) {
            self = .ignored
            return
        }
        guard name.starts(with: Self.prefix) else { return nil }
        let hidden = Array(name.dropFirst(Self.prefix.count))
        if hidden == Array(".wh..opq".utf8) {
            self = .opaque
        } else if hidden.starts(with: Self.prefix) {
            self = .ignored
        } else if hidden.isEmpty || hidden == Array(".".utf8) || hidden == Array("..".utf8) {
            throw ArchiveError(.whiteoutRefused, entryNamed: path.bytes)
        } else {
            self = .file(hidden)
        }
    }
}
