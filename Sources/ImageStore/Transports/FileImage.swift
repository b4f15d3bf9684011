import CLinux
import Glibc
import LinuxKernel
import OCI

/// An image in files, as containers-transports(5) names it: `oci:PATH[:TAG]`, `oci-archive:PATH[:TAG]`,
/// `docker-archive:PATH[:REFERENCE|:@NUMBER]`, `dir:PATH`.
public struct FileImage: Hashable, Sendable, CustomStringConvertible {
    /// The form of the files; the raw value is what stands in front of the path.
    public enum Transport: String, Hashable, Sendable, CaseIterable {
        /// An OCI image layout in a directory.
        case layout = "oci"
        /// The same in a tar archive.
        case ociArchive = "oci-archive"
        /// What `docker save` writes.
        case dockerArchive = "docker-archive"
        /// The files of one image in a directory: blobs by their digits, beside `manifest.json`.
        case directory = "dir"
    }

    /// The form of the files.
    public let transport: Transport
    /// Absolute, without `.`, `..` and doubled slashes.
    public let path: String
    /// Which image of several; `nil`: the only one.
    public let name: String?

    /// Takes a name.
    ///
    /// A path ends at the first colon after the transport, as skopeo(1) has it, except that of `dir:`.
    ///
    /// - Returns: `nil` where the text names no image in files.
    /// - Throws: ``ImageStoreError`` of kind `pathMissing`; `systemCall` where a relative path has no current directory.
    public init?(_ text: String) throws(ImageStoreError) {
        guard let colon = text.firstIndex(of: ":"), let transport = Transport(rawValue: String(text[..<colon])) else {
            return nil
        }
        let rest = text[text.index(after: colon)...]
        let end = transport == .directory ? rest.endIndex : rest.firstIndex(of: ":") ?? rest.endIndex
        guard end > rest.startIndex else { throw ImageStoreError(.pathMissing(transport)) }
        let name = rest[end...].dropFirst()
        self.transport = transport
        path = try storing { try Self.absolute(String(rest[..<end])) }
        self.name = name.isEmpty ? nil : String(name)
    }

    /// The whole name, with the absolute path.
    public var description: String { "\(transport.rawValue):\(path)" + (name.map { ":\($0)" } ?? "") }

    /// The name under which the store keeps it: another for each path and tag, and never one that a registry has.
    ///
    /// `localhost/files/BASE:DIGITS`: the path's last component as far as a repository may have it, and the beginning of
    /// a digest of the whole.
    public var reference: Reference {
        get throws {
            let words = String(path.split(separator: "/").last ?? "").lowercased().prefix(100).split { character in
                !character.isASCII || !(character.isLetter || character.isNumber)
            }
            let base = words.joined(separator: "-")
            let digits = Digest(of: Array(description.utf8)).hex.prefix(12)
            return try Reference("localhost/files/\(base.isEmpty ? "image" : base):\(digits)")
        }
    }

    /// The same, as ``ImageStore/load(_:as:limits:progress:isCancelled:)`` takes it.
    var source: ImageSource {
        switch transport {
        case .layout: .layout(path: path, name: name)
        case .ociArchive: .ociArchive(path: path, name: name)
        case .dockerArchive: .dockerArchive(path: path, name: name)
        case .directory: .directory(path: path)
        }
    }

    /// What changes when the image does: the archive's own, or the table of contents', number, size and time of change.
    ///
    /// Every program that writes such files writes these anew.
    func stamp() throws(SystemCallError) -> String {
        let file =
            switch transport {
            case .layout: path + "/index.json"
            case .directory: path + "/manifest.json"
            case .ociArchive, .dockerArchive: path
            }
        var status = stat()
        try checked("stat", file) { stat(file, &status) }
        return "\(status.st_ino)-\(status.st_size)-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    private static func absolute(_ path: String) throws(SystemCallError) -> String {
        var whole = path
        if !path.hasPrefix("/") {
            var buffer = [CChar](repeating: 0, count: 4096)
            guard getcwd(&buffer, buffer.count) != nil else {
                throw SystemCallError(call: "getcwd", errno: errno, subject: path)
            }
            whole = text(buffer[...buffer.prefix { $0 != 0 }.count].map(\.self)) + "/" + path
        }
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
