import Testing

@Suite("Many at once", .needsRoot(), .serialized)
struct ParallelTests {
    @Test("twenty services of one image listen on the same port and answer by name")
    func twenty() throws {
        let outcome = try Harness.run(["run", "\(repository)/Environments/twenty"], home: Store.withBusybox())
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "20 of 20 answer by name\n")
    }

    @Test("twenty services are reached by name from the host's file system too")
    func twentyFromHost() throws {
        let script = """
            for n in $(seq -w 1 20); do test "$(/bin/busybox wget -q -O - http://web$n/hostname)" = web$n || exit 1; done
            """
        let outcome = try Harness.run(
            ["run", "\(repository)/Environments/twenty", "--", "/bin/busybox", "sh", "-c", script],
            home: Store.withBusybox())
        #expect(outcome.code == 0, "\(outcome.error)")
    }

    @Test("the busybox environment's own test passes")
    func busybox() throws {
        let outcome = try Harness.run(["run", "\(repository)/Environments/busybox"], home: Store.withBusybox())
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "web answers by name\n")
    }

    @Test("runs of one file at the same time do not disturb each other", arguments: [2, 32])
    func sameFile(count: Int) throws {
        let fixture = try Fixture(
            """
            services:
              web:
                image: busybox
                command: [sh, -c, 'cat /proc/sys/kernel/random/uuid > /data/index.html; exec httpd -f -p 80 -h /data']
                volumes: [data:/data]
                ready: {tcp: 80, timeout: 60s}
            volumes: {data: }
            test:
              on: {image: busybox}
              command: |
                first=$$(wget -q -O - http://web/); sleep 0.1; second=$$(wget -q -O - http://web/)
                test "$$first" = "$$second" && echo "$$first"
            """)
        let check = try LeakCheck(fixture)
        let runs = try (0..<count).map { _ in try fixture.start() }
        let outcomes = try runs.map { try $0.wait(timeout: .seconds(120)) }
        for outcome in outcomes { #expect(outcome.code == 0, "\(outcome.error)") }
        #expect(Set(outcomes.map(\.output)).count == count)
        #expect(try check.leftovers() == [])
    }
}
