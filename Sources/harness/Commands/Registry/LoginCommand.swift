import ArgumentParser
import Glibc
import ImageTransfer
import LinuxKernel
import RegistryProtocol

/// `harness login`
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Keep a user's credentials for a registry.",
        discussion: """
            The registry is asked whether it takes them first. They are kept where Docker keeps its own: with a \
            credential helper, or in ~/.docker/config.json; DOCKER_CONFIG and REGISTRY_AUTH_FILE name another file.

              harness login --username me --password-stdin registry.example.com < token
            """)

    @Argument(help: "The registry: HOST[:PORT].")
    var registry = "docker.io"

    @Option(name: [.short, .long], help: "The user's name; asked for on a terminal.")
    var username: String?

    @Flag(help: "Read the password, or an access token, from standard input.")
    var passwordStdin = false

    @OptionGroup var trust: TrustOptions

    mutating func run() throws {
        try reportingFailure {
            let username = try self.username ?? Prompt.ask("Username: ")
            let password = try passwordStdin ? Self.passwordFromInput() : Prompt.ask("Password: ", isSecret: true)
            guard !username.isEmpty, !username.contains(":"), !password.isEmpty else {
                throw Failure("a name without ':' and a password are needed", code: .usage)
            }
            var options = SessionOptions(registry: registry)
            options.isInsecure = trust.insecure
            options.isForPushing = true
            options.credentials = SessionOptions.Credentials(username: username, password: password)
            let session = try RegistrySession.open(options) { StandardError.write("harness: \($0)\n") }
            _ = try session.verify()
            let kept = try RegistrySession.keepCredentials(registry: registry, username: username, password: password)
            print("logged in to \(registry); the credentials are in \(kept.place)")
        }
    }

    private static func passwordFromInput() throws -> String {
        let bytes = try readAll(STDIN_FILENO, limit: 16 << 10)
        var text = String(decoding: bytes, as: UTF8.self)
        while text.hasSuffix("\n") || text.hasSuffix("\r") || text.hasSuffix("\r\n") { text.removeLast() }
        return text
    }
}

/// `harness logout`
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the credentials for a registry.")

    @Argument(help: "The registry: HOST[:PORT].")
    var registry = "docker.io"

    mutating func run() throws {
        try reportingFailure {
            let result = try RegistrySession.keepCredentials(registry: registry, username: "", password: nil)
            print(result.wasKnown ? "logged out of \(registry)" : "no credentials for \(registry) in \(result.place)")
        }
    }
}

/// A question on the terminal.
private enum Prompt {
    static func ask(_ question: String, isSecret: Bool = false) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure(
                "standard input is not a terminal", remedy: "give --username NAME and --password-stdin", code: .usage)
        }
        StandardError.write(question)
        var settings = termios()
        try checked("tcgetattr", "the terminal") { tcgetattr(STDIN_FILENO, &settings) }
        if isSecret {
            var silent = settings
            silent.c_lflag &= ~tcflag_t(ECHO)
            try checked("tcsetattr", "the terminal") { tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) }
        }
        // A Ctrl-C in between leaves the terminal silent unless its signal is kept back until the answer is there.
        var signals = sigset_t()
        var before = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGTSTP] { sigaddset(&signals, signal) }
        if isSecret { sigprocmask(SIG_BLOCK, &signals, &before) }
        defer {
            if isSecret {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
                StandardError.write("\n")
                sigprocmask(SIG_SETMASK, &before, nil)
            }
        }
        return readLine(strippingNewline: true) ?? ""
    }
}
