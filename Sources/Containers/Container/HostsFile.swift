import Glibc
import LinuxKernel

/// A name's way to another address in files such as /etc/hosts (hosts(5)).
public struct AddressMove: Hashable, Sendable, WireCodable {
    /// As the file has it.
    public var from: String
    /// As the file is to have it.
    public var to: String

    /// Moves what leads to one address to another.
    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }

    func encode(to writer: inout WireWriter) {
        writer.write(from)
        writer.write(to)
    }

    init(from reader: inout WireReader) throws(WireError) {
        from = try reader.read()
        to = try reader.read()
    }
}

/// The /etc/hosts of a container that runs.
enum HostsFile {
    /// The content with the addresses at the beginnings of lines changed; everything else is left as it is, also what
    /// the container has written there itself.
    static func moved(_ content: [UInt8], _ moves: [AddressMove]) -> [UInt8] {
        let known = Dictionary(moves.map { (Array($0.from.utf8), Array($0.to.utf8)) }, uniquingKeysWith: { $1 })
        let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let result = lines.map { line -> [UInt8] in
            let address = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            guard let new = known[Array(address)] else { return Array(line) }
            return new + line.dropFirst(address.count)
        }
        return Array(result.joined(separator: [UInt8(ascii: "\n")]))
    }

    /// Changes the file in place: it is mounted in the container, which would not see another of its name.
    ///
    /// Whoever reads meanwhile finds whole lines: what is new is never shorter than what was there until it is cut.
    static func move(_ path: String, _ moves: [AddressMove]) throws(SystemCallError) {
        let file: OwnedDescriptor
        do throws(SystemCallError) {
            file = try OwnedDescriptor.open(path, O_RDWR | O_NOFOLLOW)
        } catch {
            // One that is about to start makes it later.
            if error.errno == ENOENT { return }
            throw error
        }
        let number = file.rawValue
        let old = try readAll(number)
        let new = moved(old, moves)
        guard new != old else { return }
        let padding = [UInt8](repeating: UInt8(ascii: "\n"), count: max(old.count - new.count, 0))
        let bytes = new + padding
        let count = try checked("pwrite", path) { pwrite(number, bytes, bytes.count, 0) }
        guard count == bytes.count else { throw SystemCallError(call: "pwrite", errno: ENOSPC, subject: path) }
        try checked("ftruncate", path) { ftruncate(number, off_t(new.count)) }
    }
}
