import FoundationEssentials
import RegistryProtocol
import Testing

@testable import ImageRegistry

/// Rules that have no outside of their own.
@Suite("Rules of the client")
struct InternalRuleTests {
    @Test("challenges are taken apart as RFC 9110 writes them")
    func challenges() {
        let text = #"Bearer realm="https://a/t?x=1,2",service="s \"q\"", scope=pull , Basic realm=r"#
        #expect(
            Challenge.parse(text) == [
                Challenge(
                    scheme: "bearer", parameters: ["realm": "https://a/t?x=1,2", "service": "s \"q\"", "scope": "pull"]),
                Challenge(scheme: "basic", parameters: ["realm": "r"]),
            ])
    }

    @Test(
        "no text of a challenge does harm",
        arguments: ["", ",,,", "=", "Bearer realm=\"", "\"", "Bearer =x, a=\"\\", "Negotiate abc=="])
    func oddChallenges(text: String) {
        #expect(Challenge.parse(text).allSatisfy { $0.parameters["realm"] == nil })
    }

    @Test(
        "a token server belongs to the registry of the same domain",
        arguments: [
            ("registry-1.docker.io", "docker.io"), ("registry.gitlab.com", "gitlab.com"),
            ("a.b.example.co.uk", "b.example.co.uk"),
            ("example.co.uk", nil), ("docker.io", nil), ("10.0.0.1", nil), ("localhost", nil),
        ] as [(String, String?)])
    func domain(host: String, expected: String?) {
        #expect(Authorizer.domain(of: host) == expected)
    }

    @Test("Retry-After is seconds or a date")
    func retryAfter() {
        let now = Date(timeIntervalSince1970: 784_111_770)
        #expect(RetryPolicy.seconds("120") == 120)
        #expect(RetryPolicy.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == 7)
        #expect(RetryPolicy.seconds("Sun, 06 Nov 1994 08:49:00 GMT", now: now) == 0)
        #expect(RetryPolicy.seconds("soon") == nil)
        #expect(RetryPolicy.seconds("-1") == nil)
    }

    @Test(
        "proxies come from the environment, with its exceptions",
        arguments: [
            ("https://r.example", "p.example:3128"), ("http://r.example", "q.example:80"), ("https://r.internal", nil),
            ("https://x.r.internal", nil), ("https://10.1.2.3", nil), ("https://11.1.2.3", "p.example:3128"),
            ("http://localhost", nil),
            ("https://s.example:5000", nil), ("https://s.example", "p.example:3128"),
        ] as [(String, String?)])
    func proxies(url: String, expected: String?) throws {
        let variables = [
            "https_proxy": "http://u:p%40ss@p.example:3128", "HTTP_PROXY": "q.example",
            "NO_PROXY": ".r.internal, r.internal,10.0.0.0/8,s.example:5000",
        ]
        let server = try Proxies(environment: { variables[$0] }).server(for: Endpoint(url: url))
        #expect(server.map { "\($0.host):\($0.port)" } == expected)
        if url == "https://r.example" { #expect(server?.userInfo == "u:p@ss") }
    }

    @Test("a proxy that is none is told without its password")
    func oddProxy() {
        let error = #expect(throws: RegistryError.self) {
            try Proxies(environment: { ["HTTPS_PROXY": "socks5://me:secret@p"][$0] })
        }
        #expect(error?.message.contains("secret") == false)
    }
}
