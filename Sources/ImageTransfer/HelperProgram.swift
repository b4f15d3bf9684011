import CLinux
import Glibc
import LinuxKernel
import RegistryProtocol

/// The helper executable: what speaks HTTP and TLS, in a process of its own.
public enum HelperProgram {
    /// Its file's name.
    public static let name = "harness-registry"

    /// Its path: what the variable `HARNESS_REGISTRY_HELPER` says, else beside this program.
    ///
    /// - Throws: ``RegistryError`` of kind `helper` where it is not there.
    public static func path() throws(RegistryError) -> String {
        let path: String
        if let given = getenv("HARNESS_REGISTRY_HELPER").map({ String(cString: $0) }), !given.isEmpty {
            path = given
        } else {
            do throws(SystemCallError) {
                let program = try ownPath()
                path = String(program.prefix(program.count - (program.split(separator: "/").last?.count ?? 0))) + name
            } catch {
                throw RegistryError(.helper, error.description)
            }
        }
        guard access(path, X_OK) == 0 else {
            throw RegistryError(
                .helper, "\(path) is missing: the program that speaks to registries",
                remedy: "'make build' puts it beside the built harness, 'make install' beside the installed one; "
                    + "HARNESS_REGISTRY_HELPER names another place")
        }
        return path
    }

    private static func ownPath() throws(SystemCallError) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = try checked("readlink", "/proc/self/exe") { readlink("/proc/self/exe", &buffer, buffer.count) }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Starts it with one end of a socket as descriptor 3, in a process group of its own: a Ctrl-C at the terminal reaches
    /// only the caller, whose end closes the socket.
    static func spawn(_ path: String, socket: CInt) throws(SystemCallError) -> pid_t {
        var spawn = Spawn([path, "session"])
        spawn.descriptors = [(caller: 2, program: 1), (caller: socket, program: ControlSocket.helperDescriptor)]
        spawn.leadsGroup = true
        return try spawn.start()
    }
}
