import Glibc
import ImageStore
import LinuxKernel

@testable import ImageBuild

/// A directory with a store and with shell scripts in the place of the programs that a build runs, so that every way a
/// build can end is seen in milliseconds, without a network.
final class FakeTools {
    let directory: String
    let store: ImageStore

    /// - Parameter mmdebstrap: The script's body; `$work` is a directory of its own, `archive` prints a small image.
    init(mmdebstrap: String?) throws {
        var template = Array("/tmp/harness-build-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errno: errno, subject: "/tmp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = ImageStore(StoreLocation(root: directory + "/home"))
        try checked("mkdir") { mkdir(directory + "/bin", 0o755) }
        // Namespaces need privileges that are not what is tested here.
        try script("setpriv", "shift 2; while [ \"${1##*/}\" != mmdebstrap ]; do shift; done; exec \"$@\"")
        try script("unshare", "exit 99")
        try script("apt-config", "echo 'Acquire::http::Proxy \"http://proxy.invalid:3128\";'")
        try script("apt-get", "cat \"\(directory)/simulation\"")
        if let mmdebstrap {
            try script(
                "mmdebstrap",
                """
                work=\(directory)
                echo run >> "$work/runs"
                archive() {
                    root=$(mktemp -d); mkdir -p "$root/var/lib/dpkg"
                    printf 'Package: a\\nStatus: install ok installed\\nVersion: 1\\n\\n' > "$root/var/lib/dpkg/status"
                    tar -C "$root" -c --mtime=@0 --owner=0 --group=0 .; rm -rf "$root"
                }
                \(mmdebstrap)
                """)
        }
    }

    deinit {
        do { try removeTree(at: directory) } catch { print("left behind: \(directory): \(error)") }
    }

    var builder: PackageImageBuilder {
        var builder = PackageImageBuilder(store)
        builder.programs = Programs(searchPath: directory + "/bin:/usr/bin:/bin")
        return builder
    }

    /// How often the build has run.
    func runs() throws -> Int {
        try readIfPresent(directory + "/runs").map { $0.count { $0 == UInt8(ascii: "\n") } } ?? 0
    }

    func write(_ text: String, to name: String) throws {
        let file = try OwnedDescriptor.open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o755)
        try writeAll(Array(text.utf8), to: file.rawValue)
    }

    func script(_ name: String, _ body: String) throws { try write("#!/bin/sh\n\(body)\n", to: "bin/\(name)") }

    /// Whether nothing of a build is left: no directory in which one works.
    func isClean() throws -> Bool { try entriesIfPresent(store.location.staging).isEmpty }
}
