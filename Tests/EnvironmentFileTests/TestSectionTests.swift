import EnvironmentFile
import OrderedCollections
import Testing

@Suite("test")
struct TestSectionTests {
    @Test(
        "runs on the host, in a service or in an image of its own, in either spelling",
        arguments: [
            ("{command: [a, b]}", .host), ("{command: [a, b], on: host}", .host),
            ("{command: [a, b], on: s}", .service("s")),
            ("{command: [a, b], on: {image: j}}", .image("j")),
        ] as [(String, EnvironmentFile.Test.Place)])
    func places(_ text: String, _ expected: EnvironmentFile.Test.Place) throws {
        for key in ["test", "x-test"] {
            let loaded = try load("services: {s: {image: i}}\n\(key): \(text)\n")
            #expect(loaded.messages == [])
            #expect(loaded.environment?.test?.place == expected)
            #expect(loaded.environment?.test?.command == ["a", "b"])
        }
    }

    @Test("needs no service, and may leave the command to the command line")
    func minimal() throws {
        let loaded = try load(
            "test: {environment: {A: 1, B: }, timeout: 10m, working_dir: sub}\n", variables: ["B": "b"])
        #expect(loaded.messages == [])
        let test = try #require(loaded.environment?.test)
        #expect(test.command == nil)
        #expect(test.environment == ["A": "1", "B": "b"])
        #expect(test.timeout == .seconds(600))
        #expect(test.workingDirectory == loaded.environment.map { $0.directory + "/sub" })
    }

    @Test(
        "waits for what it depends on, by short and long form", arguments: ["[s]", "{s: {condition: service_started}}"])
    func dependencies(_ text: String) throws {
        let loaded = try load("services: {s: {image: i}}\ntest: {depends_on: \(text)}\n")
        #expect(loaded.messages == [])
        #expect(loaded.environment?.test?.dependsOn.map(\.service) == ["s"])
        #expect(loaded.environment?.test?.dependsOn.map(\.condition) == [.started])
    }

    @Test("a string is run by a shell, numbers in a list are text")
    func commands() throws {
        #expect(try load("test: {command: a && b}\n").environment?.test?.command == ["/bin/sh", "-c", "a && b"])
        #expect(try load("test: {command: [sleep, 1]}\n").environment?.test?.command == ["sleep", "1"])
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("{on: srv}", "2:12: error: the test runs on service 'srv', which is not defined"),
            ("{on: {}}", "2:12: error: 'on' has no 'image'"),
            ("{command: []}", "2:17: error: 'command' must name a program"),
            ("{command: ''}", "2:17: error: 'command' can't be empty"),
            ("{timeout: 5}", "2:17: error: 'timeout' must be a string, not 5"),
            ("{timeout: '5'}", "2:17: error: 'timeout' '5' is not a duration"),
            ("{comand: a}", "2:8: error: 'comand' is not known in 'test'"),
            ("{on: serve, working_dir: x}", "2:12: error: the test runs on service 'serve', which is not defined"),
            ("{shards: 4}", "2:8: warning: 'shards' is not honoured by this version"),
            ("{matrix: {PG: [13, 14]}}", "2:8: warning: 'matrix' is not honoured by this version"),
            ("{artifacts: ['r/**']}", "2:8: warning: 'artifacts' is not honoured by this version"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try load("services: {serve2: {image: i}}\ntest: \(text)\n").messages.contains(expected))
    }
}
