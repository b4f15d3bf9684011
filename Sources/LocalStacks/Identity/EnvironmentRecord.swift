import FoundationEssentials
import Glibc
import LinuxKernel

/// What is written down of an environment when it goes up, and taken away when it is taken down: whoever finds it
/// without a monitor knows that it has been killed, and what it was.
public struct EnvironmentRecord: Codable, Hashable, Sendable {
    /// The project's name.
    public var name: String
    /// The project folder's canonical path.
    public var directory: String
    /// The files, as the user named them.
    public var files: [String]
    /// See ``EnvironmentIdentity/identifier``.
    public var identifier: String
    /// The process that keeps it up.
    public var monitor: Int32
    /// /proc/sys/kernel/random/boot_id, when it went up.
    public var bootID: String
    /// Seconds since 1970.
    public var startedAt: Double
    /// The version of the program that keeps it up.
    public var release: String
    /// Why the monitor has given it up, as in "because …"; `nil`: it keeps it up, or was killed.
    public var loss: String?

    /// Takes each property; see there.
    public init(
        _ identity: EnvironmentIdentity, files: [String], monitor: Int32, bootID: String, startedAt: Double,
        release: String
    ) {
        name = identity.name
        directory = identity.directory
        identifier = identity.identifier
        self.files = files
        self.monitor = monitor
        self.bootID = bootID
        self.startedAt = startedAt
        self.release = release
    }

    /// Why an environment is gone that has a record and no monitor.
    ///
    /// - Parameter bootID: The machine's present one.
    public func ending(bootID: String) -> String {
        guard self.bootID == bootID else { return "the machine was started anew since it went up" }
        return loss ?? "its monitor (process \(monitor)) was killed"
    }

    /// The identifier of the machine's present run; empty where the kernel does not say.
    public static func currentBootID() -> String {
        do {
            let file = try OwnedDescriptor.open("/proc/sys/kernel/random/boot_id", O_RDONLY)
            let text = String(decoding: try readAll(file.rawValue, limit: 256), as: UTF8.self)
            return text.split(separator: "\n").first.map(String.init) ?? ""
        } catch {
            // No /proc: then every record is of this run.
            return ""
        }
    }
}

/// The directory of what is kept of environments that are up: records and logs.
public struct EnvironmentRecords: Hashable, Sendable {
    private static let maximumSize = 1 << 20

    /// `$HARNESS_HOME/environments`
    public let root: String

    /// Takes the directory; it need not exist.
    public init(root: String) { self.root = root }

    /// The directory of one environment.
    public func directory(_ identifier: String) -> String { "\(root)/\(identifier)" }

    /// Where an environment's logs are, one directory for each container.
    public func logs(_ identifier: String) -> String { "\(root)/\(identifier)/logs" }

    private func file(_ identifier: String) -> String { "\(directory(identifier))/record.json" }

    /// Writes a record down.
    ///
    /// - Throws: ``SystemCallError``: `ENOSPC` where the disk is full; nothing is left then.
    public func write(_ record: EnvironmentRecord) throws {
        let directory = directory(record.identifier)
        try makeDirectories(directory, mode: 0o700)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try replaceFile(
            file(record.identifier), with: try encoder.encode(record), mode: 0o600, isSynced: false,
            through: "\(directory)/.record.json")
    }

    /// - Returns: `nil` where there is none, or none that can be read.
    public func read(_ identifier: String) throws(SystemCallError) -> EnvironmentRecord? {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try readRegularFile(file(identifier), limit: Self.maximumSize)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
            throw error
        }
        do {
            return try JSONDecoder().decode(EnvironmentRecord.self, from: Data(bytes))
        } catch {
            // One that a crash has cut, or another version's: as good as none.
            return nil
        }
    }

    /// The identifiers of all environments of which anything is kept.
    public func identifiers() throws(SystemCallError) -> [String] {
        do throws(SystemCallError) {
            return try directoryEntries(root)
        } catch {
            if error.errno == ENOENT { return [] }
            throw error
        }
    }

    /// Removes the record alone: the logs stay until the environment goes up anew or is taken down.
    public func removeRecord(_ identifier: String) throws(SystemCallError) {
        do {
            try checked("unlink", file(identifier)) { unlink(file(identifier)) }
        } catch {
            if error.errno != ENOENT { throw error }
        }
    }

    /// Removes what is kept of an environment, its logs with it.
    public func remove(_ identifier: String) throws(SystemCallError) { try removeTree(directory(identifier)) }
}
