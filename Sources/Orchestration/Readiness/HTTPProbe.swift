/// `GET` answers with the wanted status. See RFC 9112.
///
/// Reads no more than the status line and never more than 4 KiB, whatever the server sends.
struct HTTPProbe: Probe {
    static let longestAttempt: Duration = .seconds(5)
    private static let statusLineLimit = 4096

    var port: UInt16
    var path: String
    /// `nil`: 200 to 399.
    var status: Int?

    /// Whether the text can be a request's target: it must not end the request line.
    static func isValid(path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }

    func attempt(on target: ProbeTarget, timeout: Duration) async throws -> ProbeOutcome {
        let deadline = target.clock.now + min(timeout, Self.longestAttempt)
        let stream = try await target.connect(port: port, timeout: deadline - target.clock.now)
        defer { stream.close() }
        let request =
            "GET \(path) HTTP/1.1\r\nHost: \(target.plan.name):\(port)\r\nUser-Agent: harness\r\nAccept: */*\r\n"
            + "Connection: close\r\n\r\n"
        try await stream.write(Array(request.utf8), timeout: deadline - target.clock.now)
        var answer: [UInt8] = []
        while !answer.contains(0x0a) {
            let left = deadline - target.clock.now
            guard left > .zero else { return .notYet("no answer in time") }
            let bytes = try await stream.read(timeout: left)
            answer += bytes
            guard !bytes.isEmpty, answer.count <= Self.statusLineLimit || answer.contains(0x0a) else {
                return .notYet("the answer is not HTTP")
            }
        }
        return judge(answer.prefix { $0 != 0x0a })
    }

    private func judge(_ line: ArraySlice<UInt8>) -> ProbeOutcome {
        let parts = line.split(separator: 0x20, maxSplits: 2)
        guard parts.count >= 2, parts[0].starts(with: Array("HTTP/1.".utf8)),
            let code = Int(String(decoding: parts[1].filter { $0 != 0x0d }, as: UTF8.self)), (100...999).contains(code)
        else { return .notYet("the answer is not HTTP") }
        let isWanted = status.map { $0 == code } ?? (200...399).contains(code)
        return isWanted ? .ready : .notYet("status \(code)")
    }
}
