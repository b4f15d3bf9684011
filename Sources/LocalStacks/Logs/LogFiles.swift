import Glibc
import LinuxKernel

/// The files of one container's log in its directory: `current.jsonl` is written to, `1.jsonl` is the one before it,
/// `2.jsonl` that before, and so on.
struct LogFiles: Hashable, Sendable {
    let directory: String

    var current: String { "\(directory)/current.jsonl" }

    func earlier(_ number: Int) -> String { "\(directory)/\(number).jsonl" }

    /// The paths that there are, the oldest first.
    func existing() throws(SystemCallError) -> [String] {
        let names: [String]
        do throws(SystemCallError) {
            names = try directoryEntries(directory)
        } catch {
            if error.errno == ENOENT { return [] }
            throw error
        }
        let numbers = names.compactMap { name in
            name.hasSuffix(".jsonl") ? Int(name.dropLast(".jsonl".count)) : nil
        }
        let earlier = numbers.sorted(by: >).map(earlier)
        return earlier + (names.contains("current.jsonl") ? [current] : [])
    }

    /// Makes room for a new current file; what is older than `count` files in all is removed.
    func rotate(keeping count: Int) throws(SystemCallError) {
        guard count > 1 else { return }
        for number in (1..<count).reversed() {
            let source = number == 1 ? current : earlier(number - 1)
            do throws(SystemCallError) {
                try checked("rename", source) { rename(source, earlier(number)) }
            } catch {
                if error.errno != ENOENT { throw error }
            }
        }
    }
}
