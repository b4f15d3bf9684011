import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import ImageStore
import LinuxKernel
import LocalStacks
import OCI
import OrderedCollections

/// What may stand at a place of a command line.
///
/// Nobody can be told of errors in the middle of typing: where something is wrong there are no candidates.
struct CompletionCandidates {
    /// Beyond it a list is of no use to anybody.
    private static let maximalPaths = 1_000

    var line: CompletionLine

    /// The services of the environment that the command would be about, without those that are named already.
    func services(location: String? = nil) -> [String] { allServices(location).filter { !line.before.contains($0) } }

    /// The same for a command that takes one service and then words of another kind.
    func firstService() -> [String] {
        let services = allServices(nil)
        return services.contains { line.before.dropFirst(2).contains($0) } ? [] : services
    }

    private func allServices(_ location: String?) -> [String] {
        do {
            var request = line.source.request(location)
            let found = EnvironmentLoader.locate(request)
            if found.directory == nil, let name = found.projectName, let record = try record(named: name) {
                request.location = record.directory
            }
            // What is typed is not the file.
            let nothing = SharedDescriptor(try OwnedDescriptor.open("/dev/null", O_RDONLY))
            request.standardInput = nothing.rawValue
            request.checksContents = false
            return withExtendedLifetime(nothing) {
                EnvironmentLoader.load(request).environment.map { Array($0.services.keys) } ?? []
            }
        } catch {
            return []
        }
    }

    /// The only environment of that name that is up.
    private func record(named name: String) throws -> EnvironmentRecord? {
        let found = try records().filter { $0.name == name }
        return found.count == 1 ? found.first : nil
    }

    /// The names of the environments that are up.
    func environments() -> [String] {
        do {
            return Set(try records().map(\.name)).sorted()
        } catch {
            return []
        }
    }

    private func records() throws -> [EnvironmentRecord] {
        let places = try Places.current()
        let records = EnvironmentRecords(root: places.environments)
        return try StackTarget.runtimeNames(places).compactMap { identifier in
            guard try RuntimeDirectory.isHeld(in: places.runtimeRoot, identifier: identifier) else { return nil }
            return try records.read(identifier)
        }
    }

    /// The names of the images in the store, without those that are there already.
    func images() -> [String] { allImages().filter { !line.before.contains($0) } }

    /// The names of the volumes in the store, without those that are there already.
    func volumes() -> [String] {
        do {
            return try VolumeCommand.volumes().list().map(\.name).filter { !line.before.contains($0) }
        } catch {
            return []
        }
    }

    /// The same for a command that takes one image and then words of another kind.
    func firstImage() -> [String] {
        let images = allImages()
        return images.contains { line.before.dropFirst(2).contains($0) } ? [] : images
    }

    private func allImages() -> [String] {
        do {
            return try ImageCommand.store().references().map(\.familiar)
        } catch {
            return []
        }
    }

    /// Paths that begin with what is typed: folders with a slash behind them, and files.
    ///
    /// - Parameter endings: Of the files' names; empty: all files.
    func paths(endings: [String] = []) -> [String] {
        let start = line.word.lastIndex(of: "/").map { line.word.index(after: $0) } ?? line.word.startIndex
        let (folder, beginning) = (line.word[..<start], line.word[start...])
        do {
            let names = try directoryEntries(folder.isEmpty ? "." : String(folder)).filter {
                $0.hasPrefix(beginning) && ($0.hasPrefix(".") == beginning.hasPrefix("."))
            }
            return names.sorted().prefix(Self.maximalPaths).compactMap { name in
                let path = String(folder) + name
                var status = stat()
                guard stat(path, &status) == 0 else { return nil }
                if status.st_mode & S_IFMT == S_IFDIR { return path + "/" }
                return endings.isEmpty || endings.contains { name.hasSuffix($0) } ? path : nil
            }
        } catch {
            return []
        }
    }
}
