import Testing

@Suite("What an image says about its program, and what the file changes of it", .needsRoot())
struct ImageDefaultsTests {
    /// The tests' image with an entry point, a command, a user, a directory and a variable of its own.
    private static let imported = Result { () throws -> String in
        let scratch = try Scratch()
        let archive = try RootFileSystem(in: scratch).archive()
        let changes = [
            #"ENTRYPOINT ["sh", "-c", "echo \"entry $*\"; exec sleep 1000", "sh"]"#, "CMD [\"of\", \"image\"]",
            "USER keeper", "WORKDIR /srv/data",
            "ENV OF_IMAGE=yes",
        ]
        let arguments = ["image", "import", archive, "-t", "tests-defaults"] + changes.flatMap { ["--change", $0] }
        let outcome = try Harness.run(arguments, home: try Store.withBusybox())
        guard outcome.code == 0 else { throw Store.ImportFailed(error: outcome.error) }
        return "tests-defaults"
    }

    private static let mine = #"entrypoint: [sh, -c, 'echo "mine $$*"; exec sleep 1000', sh]"#

    /// As Docker has it: an entry point of the file takes the image's command away.
    @Test(
        "entry point and command, in both forms, are the file's where it has them",
        arguments: [
            ("", "entry of image"),
            ("command: [other, words]", "entry other words"),
            (#"command: 'two "words  here"'"#, "entry two words  here"),
            (mine, "mine "),
            ("\(mine), command: [too]", "mine too"),
            (#"entrypoint: 'sh -c "echo of a form; exec sleep 1000"'"#, "of a form"),
        ])
    func programs(attributes: String, expected: String) throws {
        let fixture = try Fixture(
            """
            services:
              s: {image: \(try Self.imported.get()), ready: {log: '^\(expected)$$', timeout: 60s}, \(attributes)}
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
    }

    @Test(
        "user, directory and variables too",
        arguments: [
            ("", "1234 2345 /srv/data yes"),
            ("user: '0:99', working_dir: /tmp, environment: {OF_IMAGE: 'no'},", "0 99 /tmp no"),
        ])
    func process(attributes: String, expected: String) throws {
        let fixture = try Fixture(
            """
            services: {s: {image: \(try Self.imported.get()), \(attributes) entrypoint: [sleep, "1000"]}}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "echo $(id -u) $(id -g) $(pwd) $OF_IMAGE") == expected)
    }
}
