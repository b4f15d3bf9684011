import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("The graph")
struct GraphTests {
    private static func environment(_ edges: [(String, [String])]) -> Environment {
        .sample(
            edges.enumerated().map { number, edge in
                .sample(edge.0, at: line(number * 10)) { service in
                    for (place, dependency) in edge.1.enumerated() {
                        service.depend(on: dependency, at: line(number * 10 + place + 1, 9))
                    }
                }
            })
    }

    @Test("has levels, and the order of the file in each")
    func levels() throws {
        let graph = try Graph(
            Self.environment([("web", ["api", "db"]), ("api", ["db"]), ("mail", []), ("db", []), ("cron", ["mail"])]))
        #expect(graph.levels.map { $0.map { graph.names[$0] } } == [["mail", "db"], ["api", "cron"], ["web"]])
    }

    @Test("names every edge of a cycle with its line, and nobody who only leads to it")
    func cycle() throws {
        let environment = Self.environment([("user", ["a"]), ("a", ["x", "b"]), ("b", ["c"]), ("c", ["a"]), ("x", [])])
        let errors = #expect(throws: PlanErrors.self) { try Graph(environment) }
        #expect(
            errors?.description
                == """
                environment.yaml:12:9: error: services depend on each other in a circle: \
                'a' on 'b' (environment.yaml:12:9), 'b' on 'c' (environment.yaml:21:9), \
                'c' on 'a' (environment.yaml:31:9); drop one of these 'depends_on' entries
                """)
    }

    @Test("takes a service that depends on itself for a cycle")
    func selfCycle() throws {
        let errors = #expect(throws: PlanErrors.self) { try Graph(Self.environment([("a", ["a"])])) }
        guard case .dependencyCycle(let edges)? = errors?.errors.first?.kind else {
            Issue.record("\(String(describing: errors))")
            return
        }
        #expect(edges.map(\.from) == ["a"])
    }

    @Test("names every dependency that is not defined, but none that is optional")
    func undefined() throws {
        var environment = Self.environment([("a", ["x"]), ("b", ["y"])])
        environment.services["b"]?.depend(on: "z", isRequired: false)
        let errors = #expect(throws: PlanErrors.self) { try Graph(environment) }
        #expect(
            errors?.errors.map(\.kind) == [
                .undefinedDependency(service: "a", dependency: "x"),
                .undefinedDependency(service: "b", dependency: "y"),
            ])
    }

    @Test("finds the chain that takes longest")
    func criticalPath() throws {
        let graph = try Graph(
            Self.environment([("web", ["api", "db"]), ("api", ["cache"]), ("db", []), ("cache", [])]))
        let weights: [String: Duration] = [
            "web": .seconds(1), "api": .seconds(1), "db": .seconds(9), "cache": .seconds(2),
        ]
        let (path, total) = graph.criticalPath { weights[graph.names[$0]] ?? .zero }
        #expect(path.map { graph.names[$0] } == ["db", "web"])
        #expect(total == .seconds(10))
    }

    @Test("of nothing is empty")
    func empty() throws {
        let graph = try Graph(.sample([]))
        #expect(graph.levels.isEmpty)
        #expect(graph.criticalPath { _ in .zero }.path.isEmpty)
    }

    @Test("can be as deep as it likes")
    func deep() throws {
        let count = 20_000
        let graph = try Graph(Self.environment((0..<count).map { ("s\($0)", $0 + 1 < count ? ["s\($0 + 1)"] : []) }))
        #expect(graph.levels.count == count)
    }
}
