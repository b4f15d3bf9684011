import CLinux
import Glibc
import LinuxKernel
import OCI

/// The files that make up images, by their names.
protocol ImageFiles {
    /// Opens a file; `nil` where there is none of that name.
    func open(_ name: String) throws -> OwnedDescriptor?
}

extension ImageFiles {
    /// The whole content of a document; `nil` where there is none of that name.
    func document(_ name: String) throws -> [UInt8]? {
        guard let file = try open(name) else { return nil }
        return try readAll(file.rawValue, limit: Manifest.sizeLimit)
    }

    /// The whole content of a document that must be there.
    func requiredDocument(_ name: String) throws -> [UInt8] {
        guard let bytes = try document(name) else { throw ImageStoreError(.imageInvalid("there is no file '\(name)'")) }
        return bytes
    }
}

/// Files below a directory, from which no name and no link leads out.
final class DirectoryFiles: ImageFiles {
    private let root: SharedDescriptor

    init(_ path: String) throws(SystemCallError) { root = SharedDescriptor(try .open(path, O_RDONLY | O_DIRECTORY)) }

    func open(_ name: String) throws -> OwnedDescriptor? {
        let file: OwnedDescriptor
        do {
            file = try .open(name, O_RDONLY | O_NONBLOCK, beneathRoot: root.rawValue)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
            throw error
        }
        try requireRegular(file.rawValue, name)
        return Optional(file)
    }
}

/// The files of an archive, which may come through a pipe and in any order: written out first, under numbers.
///
/// No name of the archive ever becomes a path.
final class SpooledFiles: ImageFiles {
    /// The most files of an archive: some hundred images of a hundred layers.
    static let countLimit = 20_000

    private let directory: String
    private var numbers: [String: Int] = [:]
    private var links: [String: String] = [:]

    /// Reads an archive to its end.
    ///
    /// - Parameters:
    ///   - directory: Must exist; the caller removes it.
    ///   - isCancelled: Asked as the bytes come.
    init(
        _ source: CInt, into directory: String, limits: UnpackLimits, progress: @escaping (Int64) -> Void,
        isCancelled: @escaping () -> Bool
    ) throws {
        self.directory = directory
        let stream = try LayerStream(
            DescriptorSource(source), accounting: .none, limits: limits, isCancelled: isCancelled)
        stream.onRead = progress
        var reader = TarReader(stream)
        var count = 0
        while let entry = try reader.next() {
            count += 1
            if count > Self.countLimit { throw ArchiveError(.tooLarge("\(Self.countLimit) files of an image archive")) }
            let name = try Self.name(entry.name)
            switch entry.kind {
            case .file where entry.sparseMap == nil:
                let file = try OwnedDescriptor.open(path(count), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
                try reader.readContent { try FileContent.write($0, to: file.rawValue) }
                (numbers[name], links[name]) = (count, nil)
            // Old programs give a layer that two images have as a link.
            case .symbolicLink:
                let above = name.split(separator: "/").dropLast().joined(separator: "/")
                links[name] = Self.resolve(String(decoding: entry.linkTarget, as: UTF8.self), from: above)
            case .hardLink: links[name] = try Self.name(entry.linkTarget)
            case .directory: break
            default: throw ArchiveError(.headerInvalid("an image archive holds only files"), entryNamed: entry.name)
            }
        }
        _ = try stream.finish(requiresEndMarker: false)
    }

    func open(_ name: String) throws -> OwnedDescriptor? {
        var name = Self.resolve(name, from: "") ?? ""
        for _ in 0..<8 {
            if let number = numbers[name] { return Optional(try OwnedDescriptor.open(path(number), O_RDONLY)) }
            guard let target = links[name] else { return nil }
            name = target
        }
        return nil
    }

    private func path(_ number: Int) -> String { "\(directory)/\(number)" }

    private static func name(_ bytes: [UInt8]) throws(ArchiveError) -> String {
        String(decoding: try EntryPath(bytes).bytes, as: UTF8.self)
    }

    /// A link's target as a name of the archive; `nil` where it leads out of it.
    private static func resolve(_ target: String, from directory: String) -> String? {
        var components = target.hasPrefix("/") ? [] : directory.split(separator: "/")
        for component in target.split(separator: "/") where component != "." {
            guard component == ".." else {
                components.append(component)
                continue
            }
            if components.popLast() == nil { return nil }
        }
        return components.joined(separator: "/")
    }
}

func requireRegular(_ file: CInt, _ name: String) throws(SystemCallError) {
    var status = stat()
    try checked("fstat", name) { fstat(file, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SystemCallError(call: "open", errno: EINVAL, subject: name) }
}
