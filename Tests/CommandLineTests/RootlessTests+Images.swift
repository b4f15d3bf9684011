import Glibc
import Testing

extension RootlessTests {
    @Test("an image keeps its owners as far as there are ids for them", arguments: unprivileged)
    func imageOwners(caller: Caller) throws {
        let scratch = try Scratch(for: .root)
        let archive = try RootFileSystem(in: scratch).archive()
        let home = try Store.withBusybox(caller)
        let imported = try Harness.run(["image", "import", archive, "-t", "owners"], home: home, caller: caller)
        #expect(imported.code == 0, "\(imported.error)")
        #expect(imported.error.contains("no subordinate id") == (caller == .plain), "\(imported.error)")
        let fixture = try Fixture(
            "services: {s: {image: owners, command: [sleep, '1000']}}\ntest: {on: s}", caller: caller)
        let expected = caller == .user ? "1234:2345 2770\n1234:99 640" : "0:0 2770\n0:0 640"
        #expect(try fixture.output(of: "stat -c '%u:%g %a' /srv/data /srv/data/file") == expected)
        #expect(try fixture.output(of: "cd /srv && rm -r data && mkdir data && ls data | wc -l") == "0")
    }

    @Test("what images and runs have written for other users is removed", arguments: unprivileged)
    func removal(caller: Caller) throws {
        let scratch = try Scratch(for: .root)
        let archive = try RootFileSystem(in: scratch).archive()
        let place = try Scratch(for: caller)
        let home = try place.makeDirectory("home")
        try Store.importBusybox(into: home, as: caller)
        let user = caller == .user ? "user: '70'," : ""
        let fixture = try Fixture(
            """
            services:
              s: {image: busybox, \(user) volumes: ['data:/tmp/data'], command: [sh, -c, 'mkdir -m 700 -p /tmp/a/b; touch /tmp/a/b/c; exec sleep 1000'], ready: {file: /tmp/a/b/c, timeout: 60s}}
            volumes: {data: }
            """, home: home, caller: caller)
        let check = try LeakCheck(fixture)
        let outcome = try fixture.run(["true"], variables: ["HARNESS_SCRATCH": "disk"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try check.leftovers() == [])

        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"], variables: ["HARNESS_SCRATCH": "disk"])
        try run.waitForOutput("up")
        // The process itself is setpriv's, which has become the program.
        run.send(SIGKILL)
        #expect(try run.wait().code == 137)
        #expect(try check.leftovers(withDirectories: false) == [])
        #expect(try Harness.run(["gc"], home: home, caller: caller).code == 0)
        #expect(try check.leftovers() == [])

        #expect(try Harness.run(["image", "import", archive, "-t", "owners"], home: home, caller: caller).code == 0)
        #expect(entries("\(home)/layers").count == 2)
        #expect(try Harness.run(["image", "rm", "owners", "busybox"], home: home, caller: caller).code == 0)
        #expect(entries("\(home)/layers") == [])
        #expect(entries("\(home)/staging") == [])
    }

    @Test("an archive that is refused leaves nothing", arguments: unprivileged)
    func refusedArchive(caller: Caller) throws {
        let place = try Scratch(for: caller)
        let home = try place.makeDirectory("home")
        var archive = TarArchive()
        archive.add("fine", content: "content")
        archive.add("../outside", content: "content")
        let path = try place.write("", to: "bad.tar")
        try writeFile(archive.finished, to: path)
        let outcome = try Harness.run(["image", "import", path, "-t", "bad"], home: home, caller: caller)
        #expect(outcome.code == 65, "\(outcome.error)")
        #expect(outcome.error.contains("../outside"), "\(outcome.error)")
        #expect(entries("\(home)/staging") == [])
        #expect(entries("\(home)/layers") == [])
    }

    @Test("an image is made of packages", .timeLimit(.minutes(10)))
    func packages() throws {
        let fixture = try Fixture(
            """
            services: {s: {build: {packages: [busybox-static]}, command: [sleep, '1000']}}
            test: {on: s}
            """, caller: .user)
        let run = try fixture.start(["sh", "-c", "stat -c %g /etc/shadow; test -e /var/lib/dpkg/status && echo there"])
        let outcome = try run.wait(timeout: .seconds(500))
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "42\nthere\n")
    }

    @Test("without subordinate ids no image is made of packages, and the error says why")
    func packagesWithoutIDs() throws {
        let fixture = try Fixture(
            "services: {s: {build: {packages: [busybox-static]}, command: [sleep, '1000']}}", caller: .plain)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69, "\(outcome.error)")
        #expect(outcome.error.contains("usermod --add-subuids"), "\(outcome.error)")
    }
}
