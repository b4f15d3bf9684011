import Glibc
import Testing

/// Scripts in the place of the programs that make images of packages, mounted over them in a namespace of the monitor's.
private struct BuildTools {
    let folder: String
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        folder = scratch.path
        try setVersion(1)
        for (name, body) in [
            ("setpriv", #"shift 2; while [ "${1##*/}" != mmdebstrap ]; do shift; done; exec "$@""#),
            ("apt-config", "echo"), ("apt-get", "cat \(folder)/simulation"),
            (
                "mmdebstrap",
                """
                echo run >> \(folder)/runs
                root=$(mktemp -d)
                mkdir -p $root/var/lib/dpkg $root/bin
                cp /bin/busybox $root/bin/busybox
                for link in sh cat sleep; do ln -s busybox $root/bin/$link; done
                cp \(folder)/version $root/version
                printf 'Package: a\\nStatus: install ok installed\\nVersion: %s\\n\\n' $(cat \(folder)/version) \\
                    > $root/var/lib/dpkg/status
                tar -C $root -c --mtime=@0 --owner=0 --group=0 .
                rm -rf $root
                """
            ),
        ] { try scratch.write("#!/bin/sh\n\(body)\n", to: name, mode: 0o755) }
    }

    /// What the archive of packages has.
    func setVersion(_ version: Int) throws {
        try scratch.write("\(version)", to: "version")
        try scratch.write("Inst a (\(version) Debian:12/stable [amd64])\n", to: "simulation")
    }

    var runs: Int { readText("\(folder)/runs")?.split(separator: "\n").count ?? 0 }

    /// Starts a command whose monitor has these programs.
    func start(_ stack: LocalStack, _ arguments: String...) throws -> ChildProcess {
        let mount = "for t in setpriv apt-config apt-get mmdebstrap; do mount --bind $0/$t /usr/bin/$t || exit 99; done"
        return try ChildProcess(
            [
                "/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
                "cd \(stack.folder); \(mount); exec \"$@\"", folder, Harness.binary,
            ] + arguments,
            environment: stack.variables.merging([
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": stack.fixture.home,
            ]) {
                $1
            })
    }
}

@Suite(
    "Images of packages in an environment that stays up", .needsRoot(), .onlyAsRoot("mounts programs over others"),
    .serialized)
struct PackageBuildTests {
    private static func text(_ package: String) -> String {
        """
        services:
          web:
            build: {packages: [\(package)]}
            command: [sleep, "1000"]
            stop_grace_period: 1s
            develop: {watch: [{path: src, action: rebuild}]}
          other: {image: busybox, command: [sleep, "1000"]}
        """
    }

    private func stack() throws -> LocalStack {
        let stack = try LocalStack("services: {}")
        // A list of packages is an image's name: this one is nobody else's.
        try stack.rewrite(Self.text(stack.name))
        try stack.fixture.scratch.makeDirectory("src")
        return stack
    }

    private func version(_ stack: LocalStack) throws -> String {
        let outcome = try stack.harness("exec", "-T", "web", "cat", "/version")
        return outcome.code == 0 ? outcome.output : ""
    }

    @Test(
        "'up' takes the image that there is; --build makes it again where packages are newer, and replaces who uses it")
    func build() throws {
        let (stack, tools) = (try stack(), try BuildTools())
        let first = try tools.start(stack, "up", "-d").wait()
        try #require(first.code == 0, "\(first.error)")
        #expect(try version(stack) == "1" && tools.runs == 1)
        try tools.setVersion(2)
        #expect(try stack.harness("up", "-d").error.contains("nothing has changed"))
        #expect(try version(stack) == "1" && tools.runs == 1)
        let second = try stack.harness("up", "-d", "--build")
        #expect(second.code == 0 && second.error.contains("replace web:"), "\(second.error)")
        #expect(!second.error.contains("replace other"))
        let steps = second.error.split(separator: "\n").filter { $0.contains("storing the image") }
        #expect(steps.count == 1, "a step is told once: \(second.error)")
        #expect(try version(stack) == "2" && tools.runs == 2)
        let third = try stack.harness("up", "-d", "--build")
        #expect(third.code == 0 && third.error.contains("nothing has changed"), "\(third.error)")
        #expect(tools.runs == 2)
        #expect(try stack.harness("down", "--rmi", "local").code == 0)
    }

    @Test("a watched change makes the image again and replaces the service")
    func rebuild() throws {
        let (stack, tools) = (try stack(), try BuildTools())
        let child = try tools.start(stack, "up", "--watch")
        try child.waitForOutput("watching")
        #expect(try version(stack) == "1", "\(child.error)")
        let other = try stack.state("other")
        try tools.setVersion(2)
        try stack.fixture.scratch.write("changed", to: "src/file")
        try stack.eventually("the new image") { try version(stack) == "2" }
        #expect(tools.runs == 2)
        #expect(other == "running")
        child.send(SIGINT)
        #expect(try child.wait().code == 130)
        #expect(try stack.harness("down", "--rmi", "local").code == 0)
    }
}
