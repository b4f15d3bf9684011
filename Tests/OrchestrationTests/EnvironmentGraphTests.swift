import EnvironmentFile
import Foundation
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("Drawings of an environment")
struct EnvironmentGraphTests {
    private static let hostile = "a\"b\\n]}<&>#;`|\u{1B}[31m\u{2028}--\u{FFFE}"

    private static func shop() -> Environment {
        var environment = Environment.sample(
            .sample("db") { service in
                service.ready = .any(.tcp(5432))
                service.mounts = [Mount(source: .volume("data"), target: "/data", position: line(2))]
            },
            .sample("cache"),
            .sample("api") { service in
                service.depend(on: "db", .healthy, at: line(7, 9))
                service.depend(on: "cache", isRequired: false, at: line(8, 9))
                service.ports = [Port(target: 80, published: 8080, position: line(6))]
                service.mounts = [
                    Mount(source: .bind(path: "/project/x", createHostPath: true), target: "/x", position: line(5))
                ]
            })
        environment.volumes = ["data": Volume(name: "demo_data", position: line(20))]
        return environment
    }

    private static func hostileEnvironment() -> Environment {
        var environment = shop()
        environment.name = hostile
        environment.services["db"]?.image = Located(hostile, at: line(1))
        environment.services["db"]?.mounts = [Mount(source: .volume(hostile), target: hostile, position: line(2))]
        environment.volumes = [hostile: Volume(name: hostile, position: line(20))]
        return environment
    }

    @Test("text has levels, conditions, networks and volumes")
    func text() throws {
        let text = try GraphText(EnvironmentGraph(Self.shop()), width: 80).text
        #expect(
            text == """
                demo: 3 services in 2 boot levels

                level 0
                  db       sample · ready when tcp 5432 takes connections · volume data at /data
                  cache    sample

                level 1
                  api      sample · waits for db (healthy) · waits for cache (started, optional)
                           port 8080:80 · ./x at /x

                test
                  on       host · check · waits for db (healthy)

                networks
                  default  db, cache, api

                volumes
                  data     demo_data · in db

                """)
    }

    @Test("text keeps to the width, whatever it is", arguments: [60, 80, 200])
    func width(_ width: Int) throws {
        var services = [Service.sample("db") { $0.ready = .any(.tcp(1)) }]
        for number in 10..<60 { services.append(.sample("s\(number)") { $0.depend(on: "db", .healthy) }) }
        services.append(.sample("all") { service in for number in 10..<60 { service.depend(on: "s\(number)") } })
        let text = try GraphText(EnvironmentGraph(.sample(services)), width: width).text
        for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
        #expect(text.split(separator: "\n").contains { $0.count > width - 20 })
    }

    @Test("JSON has everything, with the place of each dependency")
    func json() throws {
        let data = try JSONEncoder().encode(EnvironmentGraph(Self.shop()))
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["levels"] as? [[String]] == [["db", "cache"], ["api"]])
        let edges = try #require(object["dependencies"] as? [[String: Any]])
        #expect(edges.map { $0["condition"] as? String } == ["service_healthy", "service_started"])
        #expect(edges.map { $0["required"] as? Bool } == [true, false])
        #expect(edges.map { $0["line"] as? Int } == [7, 8])
        let volumes = try #require(object["volumes"] as? [[String: Any]])
        #expect(volumes.map { $0["services"] as? [String] } == [["db"]])
    }

    @Test("every format names each service and edge")
    func formats() throws {
        let graph = try EnvironmentGraph(Self.shop())
        let dot = GraphDOT(graph).text
        #expect(dot.contains("\"service db\" -> \"service api\" [label=\"healthy\"];"))
        #expect(dot.contains("\"service cache\" -> \"service api\" [label=\"started, optional\", style=dashed];"))
        #expect(dot.contains("{ rank=same; \"service db\"; \"service cache\"; }"))
        let mermaid = GraphMermaid(graph).text
        #expect(mermaid.contains("  service0 -->|\"healthy\"| service2\n"))
        #expect(mermaid.contains("  service1 -.->|\"started, optional\"| service2\n"))
        #expect(GraphSVG(graph).text.contains("<path class=\"started optional\""))
    }

    @Test("the same environment gives the same drawing")
    func deterministic() throws {
        let (first, second) = (try EnvironmentGraph(Self.shop()), try EnvironmentGraph(Self.shop()))
        #expect(GraphText(first, width: 80).text == GraphText(second, width: 80).text)
        #expect(GraphDOT(first).text == GraphDOT(second).text)
        #expect(GraphMermaid(first).text == GraphMermaid(second).text)
        #expect(GraphSVG(first).text == GraphSVG(second).text)
    }

    @Test("no name steers the terminal or breaks a line")
    func hostileText() throws {
        let graph = try EnvironmentGraph(Self.hostileEnvironment())
        for text in [
            GraphText(graph, width: 80).text, GraphDOT(graph).text, GraphMermaid(graph).text, GraphSVG(graph).text,
        ] {
            #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{2028}" })
        }
    }

    @Test("SVG stays well-formed, with the name as its text")
    func hostileSVG() throws {
        let svg = try GraphSVG(EnvironmentGraph(Self.hostileEnvironment())).text
        #expect(svg.contains("a&quot;b\\n]}&lt;&amp;&gt;#;`|\u{FFFD}[31m\u{FFFD}--\u{FFFD}"))
        #expect(!svg.contains("\u{FFFE}"))
    }

    @Test("DOT quotes quotes, backslashes and entities")
    func hostileDOT() throws {
        let dot = try GraphDOT(EnvironmentGraph(Self.hostileEnvironment())).text
        #expect(dot.contains("label=\"a\\\"b\\\\n]}<&amp;>#;`|\u{FFFD}[31m\u{FFFD}--"))
    }

    @Test("Mermaid gets entity codes for all that has a meaning")
    func hostileMermaid() throws {
        let mermaid = try GraphMermaid(EnvironmentGraph(Self.hostileEnvironment())).text
        #expect(mermaid.contains("[(\"a#34;b#92;n#93;#125;#60;#38;#62;#35;;#96;#124;\u{FFFD}#91;31m\u{FFFD}--"))
    }
}
