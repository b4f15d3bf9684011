import Glibc
import Testing

/// Images that are files beside the environment file, or wherever a person says.
@Suite("Images in files, by the names of containers-transports(5)", .needsRoot())
struct FileImageTests {
    private let scratch: Scratch
    private let home: String

    init() throws {
        scratch = try Scratch()
        home = try scratch.makeDirectory("home")
        try scratch.makeDirectory("environment")
    }

    static let places = [
        "oci:./image:1.0", "oci-archive:image.tar:1.0", "docker-archive:image.tar:app:1", "dir:./image",
    ]

    private func harness(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Harness.run(arguments, home: home, directory: "\(scratch.path)/environment")
    }

    /// Puts busybox, with a variable that tells which one it is, into files.
    private func push(_ place: String, version: String = "1") throws {
        let archive = "\(scratch.path)/rootfs.tar"
        if access(archive, F_OK) != 0 {
            let made = try ChildProcess(
                ["/bin/sh", "-c", "\(repository)/Environments/busybox/rootfs >\(archive)"],
                environment: ["PATH": variable("PATH") ?? "/usr/bin:/bin"]
            ).wait()
            try #require(made.code == 0, "\(made.error)")
        }
        let own = "\(scratch.path)/own"
        mkdir(own, 0o755)
        let imported = try Harness.run(
            ["image", "import", archive, "-t", "app:\(version)", "--change", "ENV VERSION=\(version)"], home: own)
        try #require(imported.code == 0, "\(imported.error)")
        let pushed = try Harness.run(
            ["image", "push", "-q", "app:\(version)", place], home: own, directory: "\(scratch.path)/environment")
        try #require(pushed.code == 0, "\(pushed.error)")
        #expect(pushed.output.hasPrefix("sha256:"))
    }

    private func environment(_ place: String, _ attributes: String = "") throws {
        try scratch.write(
            """
            name: files\(getpid())
            services: {s: {image: '\(place)', command: [sleep, '1000']\(attributes)}}
            test: {on: s, command: 'echo version $$VERSION'}
            """, to: "environment/environment.yaml")
    }

    @Test(
        "run boots an image from files beside the environment file, whatever the current directory is",
        arguments: places)
    func boot(place: String) throws {
        try push(place)
        try environment(place)
        let outcome = try Harness.run(["run", "\(scratch.path)/environment"], home: home, directory: "/")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains("version 1"))
    }

    @Test("a test in a container of its own takes one too")
    func testImage() throws {
        try push("dir:image")
        try scratch.write(
            "test: {on: {image: 'dir:image'}, command: 'echo version $$VERSION'}\n", to: "environment/environment.yaml")
        let outcome = try harness("run")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains("version 1"))
    }

    @Test("try takes one from the current directory")
    func tryOut() throws {
        try push("oci:image")
        let outcome = try harness("try", "oci:image", "sh", "-c", "echo version $VERSION")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains("version 1"))
    }

    @Test(
        "files that have changed are read again, unless the policy is another",
        arguments: [
            ("", "2"), (", pull_policy: always", "2"), (", pull_policy: never", "1"), (", pull_policy: daily", "1"),
        ])
    func changed(policy: String, version: String) throws {
        let place = "oci-archive:image.tar"
        try push(place)
        try environment(place)
        #expect(try harness("run").output.contains("version 1"))
        try push(place, version: "2")
        try environment(place, policy)
        let second = try harness("run")
        #expect(second.code == 0, "\(second.error)")
        #expect(second.output.contains("version \(version)"))
    }

    @Test("'never' reads no files; --offline does, and says where they are missing")
    func never() throws {
        try push("dir:image")
        try environment("dir:image", ", pull_policy: never")
        let refused = try harness("run")
        #expect(refused.code == 69)
        #expect(refused.error.contains("harness image pull dir:\(scratch.path)/environment/image"))
        try environment("dir:image")
        let offline = try harness("run", "--offline")
        #expect(offline.code == 0, "\(offline.error)")
        try environment("dir:absent")
        let missing = try harness("run", "--offline")
        #expect(missing.code == 69)
        #expect(missing.error.contains("dir:\(scratch.path)/environment/absent"))
    }

    @Test(
        "mistakes are told",
        arguments: [
            ("oci:./absent", 69, "there is no '"), ("oci:", 65, "names no path"),
            ("ocj:./image", 69, "there is no transport 'ocj'"),
            ("oci:./image:none", 69, "no image 'none'"), ("oci:./image", 69, "has 2 images"),
        ])
    func mistakes(place: String, code: Int32, message: String) throws {
        try push("oci:image:one")
        try push("oci:image:two", version: "2")
        try environment(place)
        let outcome = try harness("run")
        #expect(outcome.code == code, "\(outcome.error)")
        #expect(outcome.error.contains(message), "\(outcome.error)")
    }

    @Test("a pulled one is inspected, run and removed by the same name")
    func pull() throws {
        try push("docker-archive:image.tar:app:1")
        let name = "docker-archive:image.tar:app:1"
        let before = try harness("image", "inspect", name)
        #expect(before.code == 69 && before.error.contains("harness image pull"), "\(before.error)")
        let pulled = try harness("image", "pull", "-q", name)
        #expect(pulled.code == 0, "\(pulled.error)")
        let inspected = try harness("image", "inspect", name)
        #expect(inspected.output.contains("VERSION=1"), "\(inspected.error)")
        #expect(try harness("image", "rm", name).code == 0)
        #expect(try harness("image", "inspect", name).code == 69)
    }

    @Test("a push without an image, and over other files, is refused")
    func pushRefused() throws {
        let nothing = try harness("image", "push", "oci:image")
        #expect(nothing.code == 64)
        #expect(nothing.error.contains("says where an image goes, and not which"))
        try push("dir:image")
        try scratch.write("mine", to: "environment/other/file")
        let over = try Harness.run(
            ["image", "push", "app:1", "dir:other"], home: "\(scratch.path)/own",
            directory: "\(scratch.path)/environment")
        #expect(over.code == 64)
        #expect(over.error.contains("the directory has files"))
    }

    @Test(
        "a lock file does not pin what is in files, and says so",
        arguments: [["config", "--lock"], ["run", "--locked"]])
    func lock(command: [String]) throws {
        try push("dir:image")
        try environment("dir:image")
        try scratch.write(#"{"version":1,"images":{}}"#, to: "environment/harness.lock")
        let outcome = try Harness.run(command, home: home, directory: "\(scratch.path)/environment")
        #expect(outcome.code == 65, "\(outcome.error)")
        #expect(outcome.error.contains("can't pin 'dir:"))
    }

    @Test("what skopeo copies is booted, and what is pushed skopeo reads", arguments: places)
    func skopeo(place: String) throws {
        guard access("/usr/bin/skopeo", X_OK) == 0 else {
            if variable("HARNESS_TEST_REQUIRE") == "all" { Issue.record("skopeo is not installed") }
            return
        }
        try push("docker-archive:origin.tar:origin:1")
        let copied = try ChildProcess(
            [
                "/usr/bin/env", "--chdir=\(scratch.path)/environment", "/usr/bin/skopeo", "copy", "--quiet",
                "--insecure-policy", "docker-archive:origin.tar", place,
            ], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        try #require(copied.code == 0, "\(copied.error)")
        try environment(place)
        let outcome = try harness("run")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains("version 1"))
    }
}
