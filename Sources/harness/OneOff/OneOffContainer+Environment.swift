import EnvironmentFile
import FoundationEssentials
import Glibc
import LinuxKernel
import LocalStacks

extension OneOffContainer {
    /// Reads it, as a file is read, so that every form means what it means there.
    ///
    /// - Parameters:
    ///   - image: What it is a container of.
    ///   - name: Of the environment, and of its one service.
    ///   - directory: Where relative paths start.
    ///   - variables: Of which variables without a value take theirs.
    /// - Throws: ``Failure`` of wrong usage, with the first thing that is wrong.
    func environment(
        of image: String, named name: String, directory: String, variables: [String: String]
    ) throws -> EnvironmentFile.Environment {
        let input = SharedDescriptor(try StandardInputText.file(of: try text(image, name)))
        // A folder's own .env is about its environment.
        let own = ["COMPOSE_DISABLE_ENV_FILE": "1", "COMPOSE_ENV_FILES": "", "COMPOSE_PROFILES": ""]
        var request = LoadRequest(
            variables: variables.merging(own) { $1 }, currentDirectory: directory)
        request.files = ["-"]
        request.projectName = name
        request.projectDirectory = directory
        request.standardInput = input.rawValue
        let result = withExtendedLifetime(input) { EnvironmentLoader.load(request) }
        if let problem = result.diagnostics.first(where: { $0.severity == .error }) {
            throw Failure(problem.message, remedy: problem.remedy, code: .usage)
        }
        guard let environment = result.environment else {
            throw Failure("the options describe no container", code: .usage)
        }
        for warning in result.diagnostics { StandardError.write("harness: warning: \(warning.message)\n") }
        return environment
    }

    /// An environment file with one service. JSON is YAML; a dollar sign is one, and begins no variable.
    private func text(_ image: String, _ name: String) throws -> String {
        let volumes = Set(volumes.compactMap(Self.volumeName))
        let document = Document(
            services: [name: Document.Service(self, image)],
            // What lives as long as one command has no named volumes of its own.
            volumes: Dictionary(uniqueKeysWithValues: volumes.map { ($0, Document.Volume(name: $0, external: true)) }))
        return try JSONOutput.line(document).split(separator: "$", omittingEmptySubsequences: false)
            .joined(separator: "$$")
    }

    /// The name of a volume in `NAME:TARGET`; `nil`: it has none, or is a path.
    private static func volumeName(_ text: String) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts[0].first, !"/.~".contains(first) else { return nil }
        return String(parts[0])
    }

    private struct Document: Encodable {
        struct Volume: Encodable {
            var name: String
            var external: Bool
        }

        struct Service: Encodable {
            var image: String
            var command: [String]?
            var entrypoint: [String]?
            var environment: [String]
            var volumes: [String]
            var ports: [String]
            var user: String?
            var working_dir: String?
            var network_mode: String?
            var pull_policy: String?
            var cap_add: [String]
            var cap_drop: [String]
            var tty: Bool
            /// As process 1 the program would have no default action for signals.
            var `init` = true

            init(_ container: OneOffContainer, _ image: String) {
                self.image = image
                command = container.command
                entrypoint = container.entrypoint
                environment = container.environment
                volumes = container.volumes
                ports = container.ports
                user = container.user
                working_dir = container.workingDirectory
                network_mode = container.networkMode
                pull_policy = container.pullPolicy
                cap_add = container.addedCapabilities
                cap_drop = container.droppedCapabilities
                tty = container.hasTerminal
            }
        }

        var services: [String: Service]
        var volumes: [String: Volume]
    }
}
