import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import OrderedCollections

/// The rules of `develop.watch` of an environment, ready to be followed.
struct WatchRules: Sendable {
    /// One rule.
    struct Entry: Sendable {
        var service: String
        var rule: WatchRule
        var root: WatchedRoot
    }

    private static let ignoreFileLimit = 1 << 20

    let entries: [Entry]

    /// - Parameter services: Only these; empty: all.
    /// - Throws: ``Failure``: there are none, or one can't be followed; where it is in the file.
    init(_ environment: EnvironmentFile.Environment, services: [String]) throws {
        let chosen = environment.services.values.filter { services.isEmpty || services.contains($0.name) }
        entries = try chosen.flatMap { service in
            try service.integration.watch.map { rule in
                try Self.translating(rule, of: service) { try Self.entry(rule, of: service) }
            }
        }
        if entries.isEmpty {
            throw Failure(
                "no service has anything to watch",
                remedy: "write under 'develop' what is to be done when files change: see Documentation/local-stacks.md",
                code: .usage)
        }
    }

    /// The services in the order of the file.
    var services: [String] {
        var seen: Set<String> = []
        return entries.map(\.service).filter { seen.insert($0).inserted }
    }

    private static func entry(_ rule: WatchRule, of service: Service) throws -> Entry {
        guard let resolved = realpath(rule.path, nil) else {
            throw SystemCallError(call: "open", errno: errno, subject: rule.path)
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        var root = try WatchedRoot(path: path, ignored: rule.ignored, included: rule.included)
        let context = context(of: service) ?? path
        if let patterns = try ignoreFile(in: context) { root.pass(over: patterns, in: context) }
        if rule.action == .rebuild, service.build == nil {
            throw Failure(
                service.dockerfileBuild == nil
                    ? "it has nothing to rebuild: no 'build'" : "this version builds no images by a Dockerfile",
                code: .invalidInput)
        }
        return Entry(service: service.name, rule: rule, root: root)
    }

    /// The folder that the service's image is made of, with its links resolved.
    private static func context(of service: Service) -> String? {
        guard case .folder(let path)? = service.dockerfileBuild?.context, let resolved = realpath(path, nil) else {
            return nil
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func ignoreFile(in folder: String) throws -> IgnorePatterns? {
        do throws(SystemCallError) {
            let bytes = try readRegularFile("\(folder)/.dockerignore", limit: ignoreFileLimit)
            return try patterns(String(decoding: bytes, as: UTF8.self))
        } catch {
            guard [ENOENT, ENOTDIR].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// What is wrong in the file is told as a wrong file, not as a refused call.
    private static func patterns(_ text: String) throws(SystemCallError) -> IgnorePatterns? {
        do {
            return try IgnorePatterns(file: text)
        } catch {
            throw SystemCallError(call: "read", errno: EINVAL, subject: ".dockerignore: the pattern '\(error.pattern)'")
        }
    }

    private static func translating<Success>(
        _ rule: WatchRule, of service: Service, _ body: () throws -> Success
    ) throws -> Success {
        let place = "\(rule.position.file):\(rule.position.line):\(rule.position.column)"
        let subject = "\(place): error: service '\(service.name)' can't be watched"
        do {
            return try body()
        } catch let error as IgnorePatterns.Invalid {
            throw Failure(
                "\(subject): '\(error.pattern)' is no pattern", code: .invalidInput, isReport: true)
        } catch let error as SystemCallError where error.errno == ENOENT {
            throw Failure("\(subject): there is no '\(rule.path)'", code: .invalidInput, isReport: true)
        } catch {
            let failure = Failure(error)
            throw Failure("\(subject): \(failure.message)", remedy: failure.remedy, code: failure.code, isReport: true)
        }
    }
}
