import ImageStore
import LinuxKernel

/// Why an image could not be made of packages.
public struct ImageBuildError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Sendable {
        /// A program that is needed is not installed; its name and the package that has it.
        case toolMissing(program: String, package: String)
        /// No packages were asked for.
        case noPackages
        /// A text that is no package's name.
        case packageNameInvalid(String)
        /// The distribution has no package of that name, or not that version of it.
        case packageUnknown(String)
        /// The mirror has no such release.
        case suiteUnknown(String, mirror: String)
        /// An address that could not be fetched, and apt's reason.
        case mirrorUnreachable(String, reason: String)
        /// A text that is no distribution, or one that this host's package sources do not lead to.
        case distributionInvalid(String, reason: String)
        /// The host has no package sources.
        case noSources
        /// The build ended with that code; the last lines of its output.
        case failed(code: Int32, output: [String])
        /// The user may give files to nobody else, which a distribution's packages need; the text says why.
        case subordinateIDsMissing(reason: String)
        /// The image store refused.
        case store(ImageStoreError)
        /// The kernel refused a call.
        case systemCall(SystemCallError)
        /// The caller asked to stop.
        case cancelled
    }

    /// What went wrong.
    public var kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String? {
        switch kind {
        case .toolMissing(_, let package): "apt-get install \(package)"
        case .packageNameInvalid:
            "a package's name has lower-case letters, digits, '+', '-' and '.', and '=VERSION' may follow"
        case .packageUnknown(let name):
            name.contains("=")
                ? "'apt-cache madison \(name.prefix { $0 != "=" })' lists the versions that there are"
                : "'apt-cache search \(name)' finds similar names"
        case .suiteUnknown: "check how the release is written, and that the host's package sources have it"
        case .mirrorUnreachable:
            "check the network and apt's proxy: 'apt-get update' must work on this host"
        case .distributionInvalid: "write 'debian:SUITE', for example 'debian:bookworm', or leave 'distribution' out"
        case .noSources: "put a package source into /etc/apt/sources.list.d"
        case .store(let error): error.remedy
        case .subordinateIDsMissing:
            "sudo apt-get install uidmap; sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER"
        case .noPackages, .failed, .systemCall, .cancelled: nil
        }
    }

    /// A sentence for a person; of a failed build, its last lines follow.
    public var description: String {
        switch kind {
        case .toolMissing(let program, _): "making an image of packages needs '\(program)', which is not installed"
        case .noPackages: "the list of packages is empty"
        case .packageNameInvalid(let name): "'\(name.prefix(100))' is not the name of a package"
        case .packageUnknown(let name): "no package '\(name)' in the distribution"
        case .suiteUnknown(let suite, let mirror): "\(mirror) has no release '\(suite)'"
        case .mirrorUnreachable(let url, let reason): "\(url) can't be fetched: \(reason)"
        case .distributionInvalid(let name, let reason): "distribution '\(name.prefix(100))': \(reason)"
        case .noSources: "this host has no package sources in /etc/apt"
        case .failed(let code, let output):
            (["making the image failed with exit code \(code)"] + output).joined(separator: "\n")
        case .subordinateIDsMissing(let reason):
            "making an image of packages without root needs subordinate ids: \(reason)"
        case .store(let error): error.description
        case .systemCall(let error): error.description
        case .cancelled: "cancelled"
        }
    }
}

/// Runs `body` and gives each of its errors the module's type.
func building<Result>(_ body: () throws -> Result) throws(ImageBuildError) -> Result {
    do {
        return try body()
    } catch let error as ImageBuildError {
        throw error
    } catch let error as ImageStoreError {
        if case .cancelled = error.kind { throw ImageBuildError(.cancelled) }
        throw ImageBuildError(.store(error))
    } catch let error as SystemCallError {
        throw ImageBuildError(.systemCall(error))
    } catch {
        throw ImageBuildError(.failed(code: -1, output: ["\(error)"]))
    }
}
