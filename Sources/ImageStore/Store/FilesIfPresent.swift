import CLinux
import Glibc
import LinuxKernel

/// Opens a file; `nil` where nothing is there.
package func openIfPresent(_ path: String, _ flags: CInt) throws(SystemCallError) -> OwnedDescriptor? {
    do {
        return Optional(try OwnedDescriptor.open(path, flags))
    } catch {
        if error.errno == ENOENT { return nil }
        throw error
    }
}

/// Reads a regular file; `nil` where nothing is there.
package func readIfPresent(_ path: String, limit: Int = 1 << 20) throws(SystemCallError) -> [UInt8]? {
    do {
        return try readRegularFile(path, limit: limit)
    } catch {
        if error.errno == ENOENT { return nil }
        throw error
    }
}

/// The names in a directory, sorted; none where it does not exist.
///
/// Names that are no UTF-8 are left out.
package func entriesIfPresent(_ path: String) throws(SystemCallError) -> [String] {
    guard let directory = try openIfPresent(path, O_RDONLY | O_DIRECTORY) else { return [] }
    return try entries(of: directory.rawValue)
        .compactMap { String(validating: $0.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }.sorted()
}
