import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("An HTTP probe")
struct HTTPProbeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var answer: [String]
        var status: Int?
        var seen: String?
        var testDescription: String { "\(answer) for \(status.map(String.init) ?? "any"): \(seen ?? "ready")" }
    }

    @Test(
        "judges the status line alone",
        arguments: [
            Case(answer: ["HTTP/1.1 200 OK\r\n\r\nhello"]),
            Case(answer: ["HTTP/1.0 204\r\n"]),
            Case(answer: ["HT", "TP/1.1 30", "2 Found\r", "\n"]),
            Case(answer: ["HTTP/1.1 404 Not Found\r\n"], seen: "status 404"),
            Case(answer: ["HTTP/1.1 503 Unavailable\r\n"], seen: "status 503"),
            Case(answer: ["HTTP/1.1 404 Not Found\r\n"], status: 404),
            Case(answer: ["HTTP/1.1 200 OK\r\n"], status: 201, seen: "status 200"),
            Case(answer: ["HTTP/2 200\r\n"], seen: "the answer is not HTTP"),
            Case(answer: ["SSH-2.0-OpenSSH\r\n"], seen: "the answer is not HTTP"),
            Case(answer: ["HTTP/1.1 99999999999999999999 X\r\n"], seen: "the answer is not HTTP"),
            Case(answer: ["\n"], seen: "the answer is not HTTP"),
            Case(answer: [], seen: "the answer is not HTTP"),
            Case(answer: ["HTTP/1.1 200 OK"], seen: "the answer is not HTTP"),
            Case(
                answer: Array(repeating: String(repeating: "x", count: 1000), count: 9), seen: "the answer is not HTTP"),
        ])
    func status(item: Case) throws {
        let ready = Ready.any(.http(port: 80, path: "/health", status: item.status), timeout: .milliseconds(4))
        let run = SimulatedRun(
            .sample(.sample("web") { $0.ready = ready }),
            ["web": Script(ports: [80: .zero], answers: item.answer.map { Array($0.utf8) })])
        let error = try run.bootError()
        guard let seen = item.seen else {
            #expect(error == nil)
            return
        }
        guard case .neverReady(_, let unmet)? = error?.reason else {
            Issue.record("became ready")
            return
        }
        #expect(unmet.map(\.seen) == [seen])
    }

    @Test(
        "takes no path that would end the request line",
        arguments: ["", "health", "/a b", "/a\r\nX: y", "/\u{7f}", "/a\n"])
    func invalidPath(path: String) throws {
        #expect(!HTTPProbe.isValid(path: path))
        let environment = Environment.sample(
            .sample("web") { $0.ready = .any(.http(port: 80, path: path, status: nil)) })
        #expect(throws: PlanErrors.self) { try Planner(environment).plan(.samples(for: environment)) }
    }
}
