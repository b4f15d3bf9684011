import EnvironmentFile
import OrderedCollections
import Testing

@Suite("depends_on")
struct DependenciesTests {
    @Test("a list asks for started services, a mapping says the condition")
    func forms() throws {
        let loaded = try load(
            """
            services:
              a: {image: i, depends_on: [b, c]}
              b:
                image: i
                depends_on:
                  c: {condition: service_healthy, required: false, restart: true}
                  d: {condition: service_completed_successfully}
              c: {image: i}
              d: {image: i}
            """)
        #expect(loaded.messages == [])
        let services = try #require(loaded.environment?.services)
        #expect(services["a"]?.dependsOn.map(\.service) == ["b", "c"])
        #expect(services["a"]?.dependsOn.map(\.condition) == [.started, .started])
        let edges = try #require(services["b"]?.dependsOn)
        #expect(edges.map(\.condition) == [.healthy, .completedSuccessfully])
        #expect(edges.map(\.isRequired) == [false, true])
        #expect(edges.map(\.restart) == [true, false])
        #expect(edges.map(\.position.line) == [6, 7])
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("[nope]", "1:39: error: service 'a' depends on 'nope', which is not defined"),
            ("[b, b]", "1:42: error: 'b' is listed twice"),
            ("{b: }", "1:42: error: 'b' must be a mapping, not empty"),
            ("{b: {}}", "1:42: error: 'b' has no 'condition'"),
            (
                "{b: {condition: healthy}}",
                "1:54: error: 'condition' must be one of 'service_started', 'service_healthy', "
                    + "'service_completed_successfully', not 'healthy'"
            ),
            ("b", "1:38: error: 'depends_on' must be a list or a mapping, not 'b'"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        let loaded = try load("services: {a: {image: i, depends_on: \(text)}, b: {image: i}}\n")
        #expect(loaded.messages == [expected])
    }

    @Test("a cycle is one error that names every edge with its line")
    func cycle() throws {
        let loaded = try load(
            """
            services:
              x: {image: i, depends_on: [a]}
              a:
                image: i
                depends_on: [b]
              b:
                image: i
                depends_on:
                  c: {condition: service_started}
              c:
                image: i
                depends_on: [a]
            """)
        #expect(
            loaded.rendered == """
                environment.yaml:5:18: error: services wait for each other: a → b (line 5) → c (line 9) → a (line 12)
                    depends_on: [b]
                                 ^
                help: remove one of these entries of 'depends_on'
                environment.yaml:9:7: note: 'b' waits for 'c'
                      c: {condition: service_started}
                      ^
                environment.yaml:12:18: note: 'c' waits for 'a'
                    depends_on: [a]
                                 ^

                """)
    }

    @Test("a service can't wait for itself")
    func selfCycle() throws {
        let loaded = try load("services:\n  a:\n    image: i\n    depends_on: [a]\n")
        #expect(loaded.messages == ["4:18: error: services wait for each other: a → a (line 4)"])
    }

    @Test("two cycles are two errors, and a long chain is none")
    func several() throws {
        let two = try load(
            "services: {a: {image: i, depends_on: [b]}, b: {image: i, depends_on: [a]}, c: {image: i, depends_on: [c]}}\n"
        )
        #expect(two.messages.count == 2)
        let chain = (0..<3000).map { "  s\($0): {image: i, depends_on: [s\($0 + 1)]}\n" }.joined()
        #expect(try load("services:\n\(chain)  s3000: {image: i}\n").messages == [])
    }
}
