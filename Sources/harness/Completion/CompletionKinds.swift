import ArgumentParser
import Glibc

/// Completions for which the shell calls this program back.
extension CompletionKind {
    /// Any number of services.
    static var services: Self { candidates { $0.services() } }
    /// One service, before words of another kind.
    static var service: Self { candidates { $0.firstService() } }
    /// An environment file or its folder, and services of it.
    static var environmentAndServices: Self {
        candidates { candidates in
            let location = candidates.line.location
            return candidates.services(location: location)
                + (location == nil ? candidates.paths(endings: [".yaml", ".yml"]) : [])
        }
    }
    /// Any number of images of the store.
    static var images: Self { candidates { $0.images() } }
    /// One image of the store, before words of another kind.
    static var image: Self { candidates { $0.firstImage() } }
    /// Any number of volumes of the store.
    static var volumes: Self { candidates { $0.volumes() } }
    /// A name of an environment that is up.
    static var environments: Self { candidates { $0.environments() } }
    /// `SERVICE:` or a path of the host.
    static var copyPlace: Self { candidates { $0.services().map { $0 + ":" } + $0.paths() } }
    /// `SERVICE=`, before a number.
    static var scale: Self { candidates { $0.services().map { $0 + "=" } } }
    /// An environment file or its folder.
    static var environmentFile: Self { .file(extensions: ["yaml", "yml"]) }

    private static func candidates(_ answer: @escaping @Sendable (CompletionCandidates) -> [String]) -> Self {
        .custom { words, index, _ in
            let candidates = answer(CompletionCandidates(line: CompletionLine(words, index))).filter(isPlain)
            // What zsh takes a colon for is the start of an explanation.
            guard CompletionShell.requesting == .zsh else { return candidates }
            return candidates.map {
                $0.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
            }
        }
    }

    /// Whether no shell sees anything but text in it: bash expands candidates as it does words of a script.
    private static func isPlain(_ candidate: String) -> Bool {
        let others = "._-/:@+,=".unicodeScalars
        return !candidate.hasPrefix("-")
            && candidate.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || others.contains($0)
            }
    }
}

/// The call of a shell's script for candidates.
enum CompletionCall {
    /// Its first argument, by the scripts that swift-argument-parser writes.
    static let argument = "---completion"

    /// Prints candidates, one a line; nothing for a call that no script of this release makes.
    static func answer() -> Never {
        do {
            _ = try HarnessCommand.parseAsRoot()
        } catch {
            // The parser answers by an error that is none.
            if HarnessCommand.exitCode(for: error).isSuccess { HarnessCommand.report(error) }
        }
        exit(ExitStatusCode.usage.rawValue)
    }
}
