import CLinux
import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

@testable import ImageBuild

@Suite("Making an image of packages")
struct PackageImageBuilderTests {
    static let succeeding = """
        echo 'I: running apt-get update...' >&2
        echo '0 upgraded, 2 newly installed, 0 to remove' >&2
        echo 'Unpacking a (1) ...' >&2
        echo 'Setting up a (1) ...' >&2
        echo 'I: creating tarball...' >&2
        archive
        """

    @Test("builds once; the list in another order, and with a name twice, finds the same image without any program")
    func cached() throws {
        let tools = try FakeTools(mmdebstrap: Self.succeeding)
        #expect(try tools.builder.cachedImage(packages: ["b", "a"].map { $0 + "pkg" }) == nil)
        var steps: [BuildProgress] = []
        let made = try tools.builder.image(packages: ["bpkg", "apkg"]) { steps.append($0) }
        #expect(!made.isCached && made.notice == nil)
        #expect(made.image.configuration.config?.cmd == ["/bin/sh"])
        #expect(made.image.configuration.config?.env?.first?.hasPrefix("PATH=/usr/local/sbin:") == true)
        let fractions = steps.compactMap(\.fraction)
        #expect(fractions == fractions.sorted() && fractions.last.map { $0 <= 1 } == true)

        var withoutTools = tools.builder
        withoutTools.programs = Programs(searchPath: "/nonexistent")
        #expect(
            try withoutTools.image(packages: ["apkg", "bpkg", "apkg"])
                == PackageImage(image: made.image, isCached: true))
        #expect(try withoutTools.cachedImage(packages: ["apkg", "bpkg"]) == made.image)
        #expect(try tools.runs() == 1)
        #expect(try tools.isClean())
    }

    @Test("the programs that build get no descriptor but their standard streams")
    func descriptors() throws {
        let leaked = fcntl(0, F_DUPFD, 200)
        defer { close(leaked) }
        let tools = try FakeTools(
            mmdebstrap: "[ -e /proc/$$/fd/\(leaked) ] && echo leaked >> \"$work/leaked\"\n" + Self.succeeding)
        _ = try tools.builder.image(packages: ["apkg"])
        #expect(leaked >= 200 && access(tools.directory + "/leaked", F_OK) != 0)
    }

    @Test("gives the image a further name, and the name that people see in a list")
    func names() throws {
        let tools = try FakeTools(mmdebstrap: Self.succeeding)
        let tag = try Reference("team/base:1")
        let image = try tools.builder.image(packages: ["g++"], tag: tag).image
        #expect(try tools.store.resolve("team/base:1") == image)
        let names = try tools.store.list().flatMap(\.references).map(\.familiar)
        #expect(names.contains { $0.hasPrefix("localhost/packages:g__-") })
        // Again, where it has the name already.
        #expect(try tools.builder.image(packages: ["g++"], tag: tag).image == image)
    }

    @Test("builds again when its image has been removed")
    func removed() throws {
        let tools = try FakeTools(mmdebstrap: Self.succeeding)
        let image = try tools.builder.image(packages: ["apkg"]).image
        try tools.store.remove(image.digest.description)
        #expect(try !tools.builder.image(packages: ["apkg"]).isCached)
        #expect(try tools.runs() == 2)
    }

    @Test("a refresh builds again only for other versions, and keeps the image where they can't be told")
    func refresh() throws {
        let tools = try FakeTools(mmdebstrap: Self.succeeding)
        try tools.builder.image(packages: ["apkg"]).image.layers.forEach { _ in }
        try tools.write("Inst a (1 Debian:12/stable [amd64])\nConf a (1 Debian:12/stable [amd64])\n", to: "simulation")
        #expect(try tools.builder.image(packages: ["apkg"], refresh: true).isCached)
        #expect(try tools.runs() == 1)
        try tools.write("Inst a (2 Debian:12/stable [amd64])\n", to: "simulation")
        #expect(try !tools.builder.image(packages: ["apkg"], refresh: true).isCached)
        #expect(try tools.runs() == 2)
        unlink(tools.directory + "/simulation")
        let offline = try tools.builder.image(packages: ["apkg"], refresh: true)
        #expect(offline.isCached && offline.notice != nil)
        #expect(try tools.runs() == 2)
    }

    @Test("a failed build shows its last lines, and leaves nothing")
    func failed() throws {
        let tools = try FakeTools(
            mmdebstrap: "for i in $(seq 1 100); do echo \"line $i\" >&2; done; echo 'E: it broke' >&2; exit 25")
        let error = #expect(throws: ImageBuildError.self) { try tools.builder.image(packages: ["apkg"]) }
        #expect(error?.description == "making the image failed with exit code 25\nE: it broke")
        #expect(try tools.isClean())
        #expect(try tools.store.list().isEmpty)
    }

    @Test("a build that fails after its archive was complete makes no image")
    func failedLate() throws {
        let tools = try FakeTools(mmdebstrap: "archive; exit 1")
        let error = #expect(throws: ImageBuildError.self) { try tools.builder.image(packages: ["apkg"]) }
        guard case .failed(code: 1, _) = error?.kind else {
            Issue.record("\(error?.description ?? "none")")
            return
        }
        #expect(try tools.isClean())
        #expect(try tools.store.list().isEmpty)
    }

    @Test(
        "what the user can mend is told in a sentence, not by apt's last lines",
        arguments: [
            ("Unable to locate package nonsense", "no package 'nonsense' in the distribution", "apt-cache search"),
            (
                "Package 'gone' has no installation candidate", "no package 'gone' in the distribution",
                "apt-cache search"
            ),
            (
                "Version '9' for 'apkg' was not found", "no package 'apkg=9' in the distribution",
                "apt-cache madison apkg'"
            ),
            (
                "The repository 'http://x.invalid/debian nosuch Release' does not have a Release file.",
                "http://x.invalid/debian has no release 'nosuch'", "how the release is written"
            ),
            (
                "Failed to fetch http://x.invalid/InRelease  Temporary failure resolving 'x.invalid'",
                "http://x.invalid/InRelease can't be fetched: Temporary failure resolving 'x.invalid'", "proxy"
            ),
        ])
    func causes(line: String, message: String, remedy: String) throws {
        let tools = try FakeTools(
            mmdebstrap: "echo \"E: \(line)\" >&2; echo 'E: mmdebstrap failed to run' >&2; exit 25")
        let error = #expect(throws: ImageBuildError.self) { try tools.builder.image(packages: ["apkg"]) }
        #expect(error?.description == message)
        #expect(error?.remedy?.contains(remedy) == true)
        #expect(try tools.isClean())
    }

    @Test("without mmdebstrap, says how to get it")
    func toolMissing() throws {
        let tools = try FakeTools(mmdebstrap: nil)
        var builder = tools.builder
        builder.programs = Programs(searchPath: tools.directory + "/bin")
        let error = #expect(throws: ImageBuildError.self) { try builder.image(packages: ["apkg"]) }
        #expect(error?.remedy == "apt-get install mmdebstrap")
    }

    @Test("talks more than any pipe holds while its archive is read, and is not held up")
    func talkative() throws {
        let tools = try FakeTools(
            mmdebstrap:
                "archive > \"$work/a\"; head -c 1024 \"$work/a\"; yes line | head -c 3000000 >&2; tail -c +1025 \"$work/a\""
        )
        #expect(try !tools.builder.image(packages: ["apkg"]).isCached)
    }

    @Test("is killed with everything it started when the caller calls it off")
    func cancelled() throws {
        // The second sleep is a child of the script, as apt and dpkg are of mmdebstrap.
        let tools = try FakeTools(
            mmdebstrap:
                "sleep 1000 & echo $! > \"$work/child.new\"; mv \"$work/child.new\" \"$work/child\"; echo 'I: done' >&2; wait"
        )
        let error = #expect(throws: ImageBuildError.self) {
            try tools.builder.image(
                packages: ["apkg"], isCancelled: { access(tools.directory + "/child", F_OK) == 0 })
        }
        guard case .cancelled = error?.kind else {
            Issue.record("\(error?.description ?? "none")")
            return
        }
        let text = String(decoding: try readRegularFile(tools.directory + "/child"), as: UTF8.self)
        let child = try #require(pid_t(text.split(separator: "\n")[0]))
        // The signal has been sent; the end of who got it is an event of its own.
        let descriptor = clinux_pidfd_open(child, 0)
        if descriptor >= 0 {
            defer { close(descriptor) }
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&polled, 1, 30_000) == 1)
        } else {
            #expect(errno == ESRCH)
        }
        #expect(try tools.isClean())
    }

    @Test("several at a time build once")
    func concurrent() async throws {
        let tools = try FakeTools(mmdebstrap: Self.succeeding)
        let builder = tools.builder
        let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
            for _ in 0..<4 { group.addTask { try builder.image(packages: ["apkg"]).image.digest } }
            return try await group.reduce(into: Set<Digest>()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(try tools.runs() == 1)
    }

    @Test(
        "what is no package name never reaches apt",
        arguments: [
            "", "a", "-y", "--help", "A", "../x", "/tmp/x.deb", "?essential", "~i", "a b", "a,b", "pkg-", "pkg/sid",
            "pkg=", "pkg=1 2",
        ])
    func invalidNames(name: String) throws {
        let tools = try FakeTools(mmdebstrap: Self.succeeding)
        let error = #expect(throws: ImageBuildError.self) { try tools.builder.image(packages: ["apkg", name]) }
        guard case .packageNameInvalid(name) = error?.kind else {
            Issue.record("\(error?.description ?? "none")")
            return
        }
        #expect(try tools.runs() == 0)
    }
}
