import CLinux
import Glibc
import LinuxKernel

/// Reads one container's log from its files, while or after they are written.
public struct LogReader {
    private static let chunk = 256 << 10
    /// Bytes of a line: those that are kept have 16 KiB of text, each byte at most six when escaped.
    private static let maximumLine = 128 << 10

    private let files: LogFiles
    /// What has been opened and not read to its end, the oldest first.
    private var open: [SharedDescriptor] = []
    private var partial: [UInt8] = []
    private var current: (device: dev_t, inode: ino_t)?

    /// - Parameter directory: The container's; it need not exist yet.
    public init(directory: String) { files = LogFiles(directory: directory) }

    /// Hands on every complete entry that has been written since the last call, the oldest first.
    ///
    /// - Returns: Whether there was any.
    public mutating func read(_ body: (LogEntry) throws -> Void) throws -> Bool {
        var isAny = false
        try look()
        while let file = open.first {
            while true {
                var buffer = [UInt8](repeating: 0, count: Self.chunk)
                let number = file.rawValue
                let count = try checked("read", files.directory) { Glibc.read(number, &buffer, buffer.count) }
                if count == 0 { break }
                for line in take(buffer[0..<count]) {
                    guard let entry = LogEntry(line: line) else { continue }
                    isAny = true
                    try body(entry)
                }
            }
            // The last one may be written to again.
            if open.count == 1 { return isAny }
            open.removeFirst()
            partial = []
        }
        return isAny
    }

    /// Opens files that are new: at first all, later those that have come after the one that was written to.
    private mutating func look() throws(SystemCallError) {
        var found: [(file: SharedDescriptor, device: dev_t, inode: ino_t)] = []
        for path in try files.existing() {
            do throws(SystemCallError) {
                let file = SharedDescriptor(try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
                var status = stat()
                let number = file.rawValue
                try checked("fstat", path) { fstat(number, &status) }
                found.append((file, status.st_dev, status.st_ino))
            } catch {
                // Turned over between the two looks: it is found under its next name, or is gone.
                if error.errno != ENOENT { throw error }
            }
        }
        guard let last = found.last else { return }
        if let current {
            if current == (last.device, last.inode) { return restartIfEmptied() }
            let place = found.lastIndex { $0.device == current.device && $0.inode == current.inode }
            open += found[(place.map { $0 + 1 } ?? 0)...].map(\.file)
        } else {
            open = found.map(\.file)
        }
        current = (last.device, last.inode)
    }

    /// With one file only, a file that is full is emptied and filled again.
    private mutating func restartIfEmptied() {
        guard let reading = open.last?.rawValue else { return }
        var status = stat()
        guard fstat(reading, &status) == 0, lseek(reading, 0, SEEK_CUR) > status.st_size else { return }
        lseek(reading, 0, SEEK_SET)
        partial = []
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while let feed = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if partial.isEmpty {
                lines.append(rest[..<feed])
            } else {
                lines.append((partial + rest[..<feed])[...])
                partial = []
            }
            rest = rest[(feed + 1)...]
        }
        partial += rest
        if partial.count > Self.maximumLine { partial = [] }
        return lines
    }
}
