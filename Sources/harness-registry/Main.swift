import CLinux
import Glibc
import LinuxKernel
import RegistryProtocol

/// The entry of the helper: `harness-registry session` speaks to `harness` over descriptor 3, `harness-registry serve
/// CONFIGURATION` is a registry. `harness` starts both; nobody needs to by hand.
@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("session", 1):
            // What the caller has inherited is no business of what speaks to strangers; nothing of its own is open yet.
            _ = clinux_close_range(UInt32(ControlSocket.helperDescriptor) + 1, UInt32.max, 0)
            guard let session = Session.prepare() else { exit(0) }
            waiting { await session.run() }
        case ("serve", 2):
            let (service, configuration) = Serve.prepare(arguments[1])
            waiting { await Serve.run(service, configuration) }
        default:
            fail("harness starts this program; see 'harness image pull --help' and 'harness registry --help'", code: 64)
        }
    }

    /// A synchronous main that waits for its task: an asynchronous one costs more at the start of a static executable.
    private static func waiting(_ work: @escaping @Sendable () async -> CInt) {
        Task.detached { exit(await work()) }
        while true { pause() }
    }

    /// Ends with a message in `harness`'s own form.
    static func fail(_ message: String, remedy: String? = nil, code: CInt) -> Never {
        let text = "harness: \(message)\n" + (remedy.map { "  help: \($0)\n" } ?? "")
        do {
            try writeAll(text.utf8, to: STDERR_FILENO)
        } catch {
            // Nobody reads it: the exit code has to do.
        }
        exit(code)
    }
}
