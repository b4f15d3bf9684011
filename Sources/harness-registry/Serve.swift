import CLinux
import FoundationEssentials
import Glibc
import LinuxKernel
import RegistryProtocol
import RegistryServer

/// `harness registry serve`
enum Serve {
    /// Reads what needs privileges, and gives them up, while the process has one thread.
    static func prepare(_ text: String) -> (service: RegistryService, configuration: ServeConfiguration) {
        do {
            let configuration = try JSONDecoder().decode(ServeConfiguration.self, from: Data(text.utf8))
            let identity = try identity(configuration)
            if configuration.store == nil || configuration.selfSignedNames != nil {
                try makeRoot(configuration.root, identity)
            }
            var service = try RegistryService(
                configuration, environment: { name in getenv(name).map { String(cString: $0) } }, log: write)
            if let identity {
                try Privileges.become(
                    user: identity.user, group: identity.group, keepingLowPorts: (1..<1024).contains(configuration.port)
                )
            } else {
                // The same user, who can gain nothing by execve(2) any more.
                try Privileges.become(user: geteuid(), group: getegid())
            }
            try service.makeCertificate()
            return (service, configuration)
        } catch let error as RegistryError {
            Main.fail(error.message, remedy: error.remedy, code: 64)
        } catch {
            Main.fail("the registry can't be started: \(error)", code: 125)
        }
    }

    /// Answers until it is told to end; returns the exit code.
    static func run(_ service: RegistryService, _ configuration: ServeConfiguration) async -> CInt {
        do {
            try await service.run { address in
                write(
                    "registry at \(address), \(configuration.store.map { "store \($0)" } ?? "folder \(configuration.root)")"
                )
                do {
                    try writeAll("\(address)\n".utf8, to: STDOUT_FILENO)
                } catch {
                    // Nobody wants to know.
                }
            }
            return 0
        } catch let error as RegistryError {
            Main.fail(error.message, remedy: error.remedy, code: 69)
        } catch {
            Main.fail("the registry has failed: \(error)", code: 125)
        }
    }

    private struct Identity {
        var user: uid_t
        var group: gid_t
    }

    /// Who the server becomes; `nil` to stay who it is.
    private static func identity(_ configuration: ServeConfiguration) throws(RegistryError) -> Identity? {
        guard geteuid() == 0 else {
            guard configuration.user == nil else {
                throw RegistryError(
                    .configuration, "only root can choose the user of the server", remedy: "leave --user out")
            }
            return nil
        }
        let name = configuration.user ?? "nobody"
        do {
            let accounts = try Accounts(
                passwd: try readRegularFile("/etc/passwd", limit: 4 << 20),
                group: try readRegularFile("/etc/group", limit: 4 << 20))
            let account = try accounts.resolve(name)
            return Identity(user: account.user, group: account.group)
        } catch {
            throw RegistryError(.configuration, "the user '\(name.printable(limit: 40))' can't be looked up: \(error)")
        }
    }

    private static func makeRoot(_ root: String, _ identity: Identity?) throws(SystemCallError) {
        guard access(root, F_OK) != 0 else { return }
        try makeDirectories(root)
        if let identity { try checked("chown", root) { lchown(root, identity.user, identity.group) } }
    }

    private static func write(_ line: String) {
        do {
            try writeAll("harness: \(line)\n".utf8, to: STDERR_FILENO)
        } catch {
            // Nobody reads it.
        }
    }
}
