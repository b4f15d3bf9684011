import CLinux
import Glibc
import LinuxKernel

/// One end of a copy as it is written: a path of the caller's, a path in a service's container, or an archive.
enum CopyEnd: Hashable {
    case local(String)
    case container(service: String, path: String)
    /// `-`
    case archive

    /// `SERVICE:PATH` is told from a path by a colon before the first slash, and not after `.` or in the first place.
    init(_ text: String) {
        if text == "-" {
            self = .archive
        } else if let colon = text.firstIndex(of: ":"), colon > text.startIndex, !text.hasPrefix("."),
            !text[..<colon].contains("/")
        {
            self = .container(service: String(text[..<colon]), path: String(text[text.index(after: colon)...]))
        } else {
            self = .local(text)
        }
    }
}

/// A file system that is copied from or to.
struct CopyPlace {
    /// A container's root directory, below which every path is resolved; `nil`: the caller's own files.
    let root: SharedDescriptor?
    /// For messages.
    let name: String

    func open(_ path: String, _ flags: CInt) throws(SystemCallError) -> OwnedDescriptor {
        if let root { return try OwnedDescriptor.open(path, flags, beneathRoot: root.rawValue) }
        return try OwnedDescriptor.open(path, flags)
    }

    /// The directory at a path; `nil` where there is none.
    func directory(_ path: String) throws(SystemCallError) -> OwnedDescriptor? {
        do throws(SystemCallError) {
            return Optional(try open(path, clinux_O_PATH | O_DIRECTORY))
        } catch {
            guard [ENOENT, ENOTDIR].contains(error.errno) else { throw error }
            return nil
        }
    }
}

/// A path taken apart as `cp` and Docker read it.
struct CopyPath: Hashable {
    let text: String
    /// The last component; `nil`: the path stands for what is in a directory (`/`, `.`, `..`, and either after a slash).
    let name: String?
    /// Of the last component; `.` where the path has none.
    let parent: String
    /// It ends with a slash, so that only a directory is meant.
    let isDirectory: Bool

    init(_ path: String) {
        text = path.isEmpty ? "." : path
        let components = text.split(separator: "/")
        isDirectory = text.hasSuffix("/")
        let last = components.last ?? "."
        name = last == "." || last == ".." ? nil : String(last)
        let above = components.dropLast().joined(separator: "/")
        parent = text.hasPrefix("/") ? "/" + above : above.isEmpty ? "." : above
    }
}
