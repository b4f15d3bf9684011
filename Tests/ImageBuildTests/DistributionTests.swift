import ImageBuild
import Testing

@Suite("Distributions")
struct DistributionTests {
    static let host = Distribution(id: "debian", suite: "bookworm")

    static let readable: [(String?, String)] = [
        (nil, "debian:bookworm"), ("debian", "debian:bookworm"), ("debian:bookworm", "debian:bookworm"),
        ("debian:trixie", "debian:trixie"), ("debian:stable-proposed", "debian:stable-proposed"),
    ]

    @Test("are the host's where nothing else is said", arguments: readable)
    func read(text: String?, full: String) throws {
        #expect(try Distribution(text, host: Self.host).description == full)
    }

    @Test(
        "of which the mirrors are not known, or that are none, are refused",
        arguments: [
            "", ":", "debian:", "ubuntu:jammy", "debian:a b", "debian:--help", "debian:../x", "debian:a:b", "Debian:x",
        ])
    func refused(text: String) {
        let error = #expect(throws: ImageBuildError.self) { try Distribution(text, host: Self.host) }
        guard case .distributionInvalid = error?.kind else {
            Issue.record("\(error?.description ?? "none")")
            return
        }
    }

    @Test("of this host can be told")
    func thisHost() throws {
        #expect(try !Distribution.host().suite.isEmpty)
    }
}
