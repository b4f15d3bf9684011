/// An archive that was refused; nothing of it stays.
public struct ArchiveError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Kind: Hashable, Sendable, Codable {
        /// The first bytes are those of no tar archive.
        case notTar
        /// A compression other than gzip and zstd; its name.
        case compressionUnsupported(String)
        /// The compressed stream is damaged; the library's words.
        case compressionDamaged(String)
        /// It ends in the middle.
        case truncated
        /// A header that breaks the format; the text says how.
        case headerInvalid(String)
        /// A kind of entry that a file system can't hold: the type flag.
        case entryUnsupported(UInt8)
        /// A name with `..`, or one that is empty, too long or has a null byte.
        case nameRefused
        /// The target of a hard link: as above, or it does not exist, or it is a directory.
        case linkTargetRefused(String)
        /// A whiteout that does not name a file beside it.
        case whiteoutRefused
        /// A component of the name's path is no directory.
        case parentNotDirectory
        /// It would replace a directory by something else, or something else by a directory.
        case kindDiffers
        /// More than the bound allows; the bound in words.
        case tooLarge(String)
    }

    /// What is wrong.
    public var kind: Kind
    /// The name of the entry, for people: invalid UTF-8 has been replaced, at most 200 characters.
    public var entry: String?

    /// An error of the archive, or of an entry of it.
    public init(_ kind: Kind, entry: String? = nil) {
        self.kind = kind
        self.entry = entry
    }

    /// An error of the entry with that name.
    init(_ kind: Kind, entryNamed name: [UInt8]) {
        self.init(kind, entry: String(String(decoding: name, as: UTF8.self).prefix(200)))
    }

    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String? {
        switch kind {
        case .notTar: "give a root file system as a tar archive, plain or compressed with gzip or zstd"
        case .compressionUnsupported: "recompress it with gzip or zstd, or give the plain tar archive"
        case .truncated, .compressionDamaged: "the file may be incomplete: get it again"
        default: nil
        }
    }

    /// One sentence for a person.
    public var description: String {
        let subject = entry.map { "archive entry '\($0)'" } ?? "the archive"
        return switch kind {
        case .notTar: "the file is not a tar archive"
        case .compressionUnsupported(let name): "the archive is compressed with \(name), which is not supported"
        case .compressionDamaged(let reason): "the archive's compression is damaged: \(reason)"
        case .truncated: "\(subject) is truncated"
        case .headerInvalid(let reason): "\(subject) has an invalid header: \(reason)"
        case .entryUnsupported(let type): "\(subject) is of the unsupported type '\(Unicode.Scalar(type))'"
        case .nameRefused: "\(subject) is refused: the name leads outside, or is no file name"
        case .linkTargetRefused(let target): "\(subject) is refused: it is a hard link to '\(target)'"
        case .whiteoutRefused: "\(subject) is refused: the whiteout names no file beside it"
        case .parentNotDirectory: "\(subject) is refused: what should hold it is not a directory"
        case .kindDiffers: "\(subject) is refused: only one of it and what has its name is a directory"
        case .tooLarge(let bound): "\(subject) exceeds the bound of \(bound)"
        }
    }
}
