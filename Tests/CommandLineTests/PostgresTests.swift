import Testing

@Suite("The PostgreSQL environment", .needsRoot(), .serialized)
struct PostgresTests {
    private let environment = "\(repository)/Environments/postgres"

    @Test("boots, migrates, passes its SQL tests", .timeLimit(.minutes(20)))
    func passes() throws {
        // The image of packages may have to be made first.
        let outcome = try Harness.run(["run", environment], home: Store.withBusybox(), timeout: .seconds(900))
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.contains("ok 1 - bulk"))
        #expect(outcome.output.contains("ok 7 - transfers"))
        #expect(!outcome.output.contains("not ok"))
    }

    @Test("two databases side by side do not know of each other", .timeLimit(.minutes(20)))
    func sideBySide() throws {
        let script = """
            export PGPASSWORD=$(cat /run/secrets/password)
            psql -qtA -c 'CREATE TABLE only_once (id int)' -c 'SELECT count(*) FROM migration'
            """
        let home = try Store.withBusybox()
        let runs = try (0..<2).map { _ in
            try Harness.start(["run", environment, "--", "sh", "-c", script], home: home)
        }
        for run in runs {
            let outcome = try run.wait(timeout: .seconds(900))
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(outcome.output == "3\n")
        }
    }

    @Test("a migration that fails ends the run with its message", .timeLimit(.minutes(20)))
    func failingMigration() throws {
        let scratch = try Scratch()
        let copy = try ChildProcess(
            ["/bin/cp", "-r", environment, "\(scratch.path)/postgres"], environment: [:])
        try #require(try copy.wait().code == 0)
        try scratch.write("CREATE TABLE broken (id no_such_type);\n", to: "postgres/migrations/004-broken.sql")
        let outcome = try Harness.run(
            ["run", "\(scratch.path)/postgres"], home: Store.withBusybox(), timeout: .seconds(900))
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("migrate"))
        #expect(outcome.error.contains("no_such_type"))
        #expect(outcome.output.isEmpty)
    }
}
