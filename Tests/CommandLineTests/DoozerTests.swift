import Testing

@Suite("The Doozer environments", .needsRoot())
struct DoozerTests {
    @Test(
        "pass their tests, which speak to the servers by name",
        arguments: [("doozerd", "ok"), ("doozerd/twenty.yaml", "")])
    func passes(environment: String, expected: String) throws {
        let search = "\(repository)/.build/release:\(variable("PATH") ?? "/usr/bin:/bin")"
        let outcome = try Harness.run(
            ["run", "\(repository)/Environments/\(environment)"], home: Store.withBusybox(),
            variables: ["PATH": search])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.contains(expected))
    }
}
