import Orchestration
import Synchronization

/// Entries of /etc/hosts as text.
///
/// Most containers of an environment have the same entries, as many as there are services: what was written for one is
/// kept for the next.
final class HostsText: Sendable {
    private let last = Mutex<(entries: [HostEntry], text: String)>(([], ""))

    /// A line for each entry.
    func lines(_ entries: [HostEntry]) -> String {
        last.withLock { last in
            // At once where the two share their storage, as they do when the planner had them from the same networks.
            if last.entries != entries { last = (entries, entries.map(Self.line).joined()) }
            return last.text
        }
    }

    static func line(_ entry: HostEntry) -> String { "\(entry.address)\t\(entry.names.joined(separator: " "))\n" }
}
